"""The loop over the batches of training, as machine code: gradient, L2, clipping by norm, and the optimiser's update.

It knows neither the network nor the optimiser: both are kernels, handed over as addresses. The weights and the
optimiser's memory stand in a matrix, one number a parameter in each row, weights first; the last row is the gradient.

    epoch(gradient, update, batches, batch_size, rows, order, X, x_stride, state, columns, p, stride, places, count,
          uniform, back, backs, rates, l2, max_norm, checks, losses, totals, scratch)

    gradient, update   kernels; the update's rows are the parameters, its inputs and outputs the rows of the matrix. No
                       update, null, is gradient descent: a gradient kernel in place adds −rate times the gradient
    order              (rows,) the rows of X in the order of training
    state              the matrix: `columns` rows and one for the gradient, each `stride` numbers after the last; row 0
                       goes on behind the p weights with whatever else the gradient reads as parameters
    places             in strict mode (count,) where the parameters stand among the p numbers of a row, in the user's
                       order; else (p,) a mask, −1 for a parameter and 0 for a hole. p is a multiple of 8
    uniform            what the update reads for all parameters alike: first the learning rate, which is set from
                       `rates` (batches,), then the factor by which the norm is clipped
    back, backs        pairs (row, place): numbers that the update keeps for the next step in `uniform`
    l2, max_norm       0.0 and inf for none
    checks             not 0 if a gradient that is not finite might go unnoticed: its total becomes NaN
    losses             scratch for the losses of a batch; `totals` (batches,) receives their sums with the penalty

    shuffle(order, n, words, count)

shuffles as Python's `random.shuffle` does, from the words of 32 bits that its generator draws; returns how many of the
`count` words it took, or −1 if it needed more.
"""

from __future__ import annotations

_SUM = """
define double @sum(ptr %x, i64 %n) {
entry:
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %body]
  %s = phi double [0.0, %entry], [%s1, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %at = getelementptr double, ptr %x, i64 %i
  %t = load double, ptr %at
  %s1 = fadd double %s, %t
  %i1 = add i64 %i, 1
  br label %head
done:
  ret double %s
}
"""

_SQUARES = """
define double @squares(ptr %w, i64 %all, ptr %places, i64 %n) {
entry:
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %body]
  %s = phi double [-0.0, %entry], [%s1, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %it = getelementptr i64, ptr %places, i64 %i
  %place = load i64, ptr %it
  %at = getelementptr double, ptr %w, i64 %place
  %x = load double, ptr %at
  %t = fmul double %x, %x
  %s1 = fadd double %s, %t
  %i1 = add i64 %i, 1
  br label %head
done:
  ret double %s
}
"""

_FAST_SQUARES = """
define double @squares(ptr %w, i64 %n, ptr %mask, i64 %count) {
entry:
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %body]
  %s = phi <8 x double> [zeroinitializer, %entry], [%s1, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %at = getelementptr i64, ptr %w, i64 %i
  %mt = getelementptr i64, ptr %mask, i64 %i
  %bits = load <8 x i64>, ptr %at, align 8
  %m = load <8 x i64>, ptr %mt, align 8
  %kept = and <8 x i64> %bits, %m
  %x = bitcast <8 x i64> %kept to <8 x double>
  %s1 = call <8 x double> @llvm.fma.v8f64(<8 x double> %x, <8 x double> %x, <8 x double> %s)
  %i1 = add i64 %i, 8
  br label %head
done:
  %r = call reassoc double @llvm.vector.reduce.fadd.v8f64(double -0.0, <8 x double> %s)
  ret double %r
}
declare <8 x double> @llvm.fma.v8f64(<8 x double>, <8 x double>, <8 x double>)
declare double @llvm.vector.reduce.fadd.v8f64(double, <8 x double>)
"""

_PENALISE = """
define void @penalise(ptr %g, ptr %w, double %l2, i64 %n) {
entry:
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %gt = getelementptr double, ptr %g, i64 %i
  %wt = getelementptr double, ptr %w, i64 %i
  %x = load double, ptr %gt
  %y = load double, ptr %wt
  %t = fmul double %l2, %y
  %z = fadd double %x, %t
  store double %z, ptr %gt
  %i1 = add i64 %i, 1
  br label %head
done:
  ret void
}
"""

_EPOCH = """
declare double @llvm.sqrt.f64(double)
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

define void @epoch(ptr %gradient, ptr %update, i64 %batches, i64 %size, i64 %rows, ptr %order, ptr %x, i64 %xs,
                   ptr %w, i64 %columns, i64 %p, i64 %stride, ptr %places, i64 %count, ptr %uniform, ptr %back,
                   i64 %backs, ptr %rates, double %l2, double %max, i64 %checks, ptr %losses, ptr %totals,
                   ptr %scratch) {
entry:
  %g0 = mul i64 %columns, %stride
  %g = getelementptr double, ptr %w, i64 %g0
  %bytes = mul i64 %p, 8
  %descends = icmp eq ptr %update, null
  %decays = fcmp une double %l2, 0.0
  %limits = fcmp une double %max, 0x7FF0000000000000
  %watches = icmp ne i64 %checks, 0
  %clips = or i1 %limits, %watches
  %factor = getelementptr double, ptr %uniform, i64 1
  br label %head
head:
  %b = phi i64 [0, %entry], [%b1, %next]
  %more = icmp slt i64 %b, %batches
  br i1 %more, label %step, label %done
step:
  %begin = mul i64 %b, %size
  %left = sub i64 %rows, %begin
  %whole = icmp slt i64 %size, %left
  %m = select i1 %whole, i64 %size, i64 %left
  %md = sitofp i64 %m to double
  %share = fdiv double 1.0, %md
  %at = getelementptr i64, ptr %order, i64 %begin
  %rt = getelementptr double, ptr %rates, i64 %b
  %rate = load double, ptr %rt
  br i1 %descends, label %descent, label %gradients
descent:
  %along = fneg double %rate
  %down = fmul double %along, %share
  br label %compute
gradients:
  call void @llvm.memset.p0.i64(ptr %g, i8 0, i64 %bytes, i1 false)
  br label %compute
compute:
  %weight = phi double [%down, %descent], [%share, %gradients]
  %onto = phi ptr [%w, %descent], [%g, %gradients]
  call void %gradient(i64 %m, ptr %at, ptr %x, i64 %xs, double %weight, ptr %w, ptr %losses, ptr %onto, ptr %scratch)
  %total0 = call double @sum(ptr %losses, i64 %m)
  br i1 %decays, label %penalty, label %norm
penalty:
  %square = call double @squares(ptr %w, i64 %p, ptr %places, i64 %count)
  %half = fdiv double %square, 2.0
  %ml2 = fmul double %md, %l2
  %extra = fmul double %ml2, %half
  %total1 = fadd double %total0, %extra
  call void @penalise(ptr %g, ptr %w, double %l2, i64 %p)
  br label %norm
norm:
  %total = phi double [%total0, %compute], [%total1, %penalty]
  %tt = getelementptr double, ptr %totals, i64 %b
  store double %total, ptr %tt
  br i1 %clips, label %clip, label %change
clip:
  %gg = call double @squares(ptr %g, i64 %p, ptr %places, i64 %count)
  %length = call double @llvm.sqrt.f64(double %gg)
  %long = fcmp ogt double %length, %max
  %ratio = fdiv double %max, %length
  %scale = select i1 %long, double %ratio, double 1.0
  store double %scale, ptr %factor
  %zero = fmul double %length, 0.0
  %marked = fadd double %total, %zero
  store double %marked, ptr %tt
  br label %change
change:
  br i1 %descends, label %next, label %updates
updates:
  store double %rate, ptr %uniform
  call void %update(i64 %p, ptr null, ptr %w, i64 %stride, double 0.0, ptr %uniform, ptr %w, ptr null, ptr %scratch)
  br label %keep
keep:
  %k = phi i64 [0, %updates], [%k1, %copy]
  %again = icmp slt i64 %k, %backs
  br i1 %again, label %copy, label %next
copy:
  %k2 = mul i64 %k, 2
  %k3 = add i64 %k2, 1
  %from = getelementptr i64, ptr %back, i64 %k2
  %to = getelementptr i64, ptr %back, i64 %k3
  %column = load i64, ptr %from
  %place = load i64, ptr %to
  %offset = mul i64 %column, %stride
  %source = getelementptr double, ptr %w, i64 %offset
  %kept = load double, ptr %source
  %target = getelementptr double, ptr %uniform, i64 %place
  store double %kept, ptr %target
  %k1 = add i64 %k, 1
  br label %keep
next:
  %b1 = add i64 %b, 1
  br label %head
done:
  ret void
}
"""


_SHUFFLE = """
declare i64 @llvm.ctlz.i64(i64, i1)

define i64 @shuffle(ptr %order, i64 %n, ptr %words, i64 %count) {
entry:
  %last = sub i64 %n, 1
  br label %head
head:
  %i = phi i64 [%last, %entry], [%i1, %swap]
  %w = phi i64 [0, %entry], [%w1, %swap]
  %more = icmp sgt i64 %i, 0
  br i1 %more, label %bits, label %done
bits:
  %n1 = add i64 %i, 1
  %zeros = call i64 @llvm.ctlz.i64(i64 %n1, i1 false)
  %shift = sub i64 %zeros, 32
  br label %draw
draw:
  %u = phi i64 [%w, %bits], [%w1, %test]
  %short = icmp sge i64 %u, %count
  br i1 %short, label %lack, label %test
test:
  %at = getelementptr i32, ptr %words, i64 %u
  %short32 = load i32, ptr %at
  %word = zext i32 %short32 to i64
  %j = lshr i64 %word, %shift
  %w1 = add i64 %u, 1
  %fits = icmp sle i64 %j, %i
  br i1 %fits, label %swap, label %draw
swap:
  %it = getelementptr i64, ptr %order, i64 %i
  %jt = getelementptr i64, ptr %order, i64 %j
  %x = load i64, ptr %it
  %y = load i64, ptr %jt
  store i64 %y, ptr %it
  store i64 %x, ptr %jt
  %i1 = sub i64 %i, 1
  br label %head
done:
  ret i64 %w
lack:
  ret i64 -1
}
"""


def epoch_ir(strict: bool) -> str:
    """Return the module as text; strict adds squares in the order of the parameters, as Python does.

    >>> "call double @squares" in epoch_ir(strict=True)
    True
    """
    return _SUM + (_SQUARES if strict else _FAST_SQUARES) + _PENALISE + _EPOCH + _SHUFFLE
