"""The machine code of a mean and its gradient, as text: see `mean`, which says what stands in the frame."""

from __future__ import annotations

from functools import cache

_MOVED = """
define internal void @moved(ptr noalias %to, ptr noalias %from, ptr noalias %which, i64 %n) nounwind {
entry:
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %it = getelementptr i64, ptr %which, i64 %i
  %k = load i64, ptr %it
  %source = getelementptr double, ptr %from, i64 %k
  %x = load double, ptr %source
  %target = getelementptr double, ptr %to, i64 %i
  store double %x, ptr %target
  %i1 = add i64 %i, 1
  br label %head
done:
  ret void
}
"""

_RUNS = """
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

define internal void @runs(ptr noalias %to, ptr noalias %from, ptr noalias %runs, i64 %n, i64 %there, i64 %here)
  nounwind {
entry:
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %first = mul i64 %i, 3
  %run = getelementptr i64, ptr %runs, i64 %first
  %there.at = getelementptr i64, ptr %run, i64 %there
  %here.at = getelementptr i64, ptr %run, i64 %here
  %length.at = getelementptr i64, ptr %run, i64 2
  %target = load i64, ptr %there.at
  %source = load i64, ptr %here.at
  %length = load i64, ptr %length.at
  %x = getelementptr double, ptr %to, i64 %target
  %y = getelementptr double, ptr %from, i64 %source
  %bytes = mul i64 %length, 8
  call void @llvm.memcpy.p0.p0.i64(ptr align 8 %x, ptr align 8 %y, i64 %bytes, i1 false)
  %i1 = add i64 %i, 1
  br label %head
done:
  ret void
}
"""

_TAKE = """
  %{name}.v.at = getelementptr double, ptr %x, i64 %{name}.i
  %{name}.v = load <8 x double>, ptr %{name}.v.at, align 8
  %{name}.t = fmul <8 x double> %{name}.v, zeroinitializer
  %{name}.s = fadd <8 x double> %{sum}, %{name}.t"""

_SPOILT = """
define internal double @spoilt(ptr %x, i64 %n) nounwind {{
entry:
  %whole = and i64 %n, -32
  br label %head
head:
  %a.i = phi i64 [0, %entry], [%next, %body]
  %a = phi <8 x double> [zeroinitializer, %entry], [%a.s, %body]
  %b = phi <8 x double> [zeroinitializer, %entry], [%b.s, %body]
  %c = phi <8 x double> [zeroinitializer, %entry], [%c.s, %body]
  %d = phi <8 x double> [zeroinitializer, %entry], [%d.s, %body]
  %more = icmp slt i64 %a.i, %whole
  br i1 %more, label %body, label %rest
body:
  %b.i = add i64 %a.i, 8
  %c.i = add i64 %a.i, 16
  %d.i = add i64 %a.i, 24{four}
  %next = add i64 %a.i, 32
  br label %head
rest:
  %ab = fadd <8 x double> %a, %b
  %cd = fadd <8 x double> %c, %d
  %abcd = fadd <8 x double> %ab, %cd
  br label %single
single:
  %e.i = phi i64 [%a.i, %rest], [%e.next, %last]
  %e = phi <8 x double> [%abcd, %rest], [%e.s, %last]
  %one = icmp slt i64 %e.i, %n
  br i1 %one, label %last, label %done
last:{one}
  %e.next = add i64 %e.i, 8
  br label %single
done:
  %r = call double @llvm.vector.reduce.fadd.v8f64(double 0.0, <8 x double> %e)
  ret double %r
}}
declare double @llvm.vector.reduce.fadd.v8f64(double, <8 x double>)
"""

_PAIRWISE = """
define internal double @pairwise(ptr %x, i64 %step, i64 %n, i64 %most) nounwind {
entry:
  %few = icmp sle i64 %n, %most
  br i1 %few, label %head, label %halves
halves:
  %half = lshr i64 %n, 1
  %offset = mul i64 %half, %step
  %second = getelementptr double, ptr %x, i64 %offset
  %others = sub i64 %n, %half
  %a = call double @pairwise(ptr %x, i64 %step, i64 %half, i64 %most)
  %b = call double @pairwise(ptr %second, i64 %step, i64 %others, i64 %most)
  %ab = fadd double %a, %b
  ret double %ab
head:
  %i = phi i64 [0, %entry], [%i1, %body]
  %s = phi double [0.0, %entry], [%s1, %body]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %done
body:
  %k = mul i64 %i, %step
  %at = getelementptr double, ptr %x, i64 %k
  %t = load double, ptr %at
  %s1 = fadd double %s, %t
  %i1 = add i64 %i, 1
  br label %head
done:
  ret double %s
}
"""

FIELDS = (
    *(("ptr", "entry"), ("ptr", "scratch"), ("ptr", "packed"), ("i64", "size"), ("ptr", "sources")),
    *(("ptr", "memory"), ("i64", "own"), ("i64", "width"), ("i64", "column"), ("ptr", "places"), ("i64", "count")),
    *(("ptr", "runs"), ("i64", "all"), ("i64", "first"), ("i64", "most")),
)

_FIELD_TEXT = """
  %{name}.at = getelementptr i64, ptr %frame, i64 {place}
  %{name} = load {kind}, ptr %{name}.at"""

_BEGIN = """
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

define void @begin(ptr %frame, i64 %rows, ptr %P) nounwind {{{fields}
  %single = icmp eq i64 %all, 0
  br i1 %single, label %singly, label %together
singly:
  call void @moved(ptr %packed, ptr %P, ptr %sources, i64 %size)
  br label %ready
together:
  call void @runs(ptr %packed, ptr %P, ptr %runs, i64 %all, i64 0, i64 1)
  br label %ready
ready:
  %bytes = mul i64 %own, 8
  call void @llvm.memset.p0.i64(ptr %memory, i8 0, i64 %bytes, i1 false)
  %outputs = getelementptr double, ptr %memory, i64 %own
  %given = mul i64 %rows, %width
  %end = getelementptr double, ptr %outputs, i64 %given
  store <8 x double> zeroinitializer, ptr %end, align 8
  ret void
}}
"""

_SUMS = """
define double @sums(ptr %frame, i64 %rows, ptr %X, i64 %stride, ptr %P, ptr %found) nounwind {{{fields}
  call void @begin(ptr %frame, i64 %rows, ptr %P)
  %outputs = getelementptr double, ptr %memory, i64 %own
  %n = sitofp i64 %rows to double
  %weight = fdiv double 1.0, %n
  %kernel = load ptr, ptr %entry
  call void %kernel(i64 %rows, ptr null, ptr %X, i64 %stride, double %weight, ptr %packed, ptr %outputs, ptr %memory,
                    ptr %scratch)
  %total = call double @end(ptr %frame, i64 %rows, ptr %found)
  ret double %total
}}
"""

_END = """
define double @end(ptr %frame, i64 %rows, ptr %found) nounwind {{{fields}
  %outputs = getelementptr double, ptr %memory, i64 %own
  %given = mul i64 %rows, %width
  %single = icmp eq i64 %all, 0
  br i1 %single, label %back, label %along
back:
  call void @moved(ptr %found, ptr %memory, ptr %places, i64 %count)
  br label %sum
along:
  call void @runs(ptr %found, ptr %memory, ptr %runs, i64 %first, i64 1, i64 0)
  br label %sum
sum:
  %every = add i64 %own, %given
  %wrong = call double @spoilt(ptr %memory, i64 %every)
  %values = getelementptr double, ptr %outputs, i64 %column
  %total = call double @pairwise(ptr %values, i64 %width, i64 %rows, i64 %most)
  %sound = fcmp ord double %wrong, 0.0
  %result = select i1 %sound, double %total, double 0x7FF8000000000000
  ret double %result
}}
"""


@cache
def sums_ir() -> str:
    """Return the module as text.

    >>> "%kernel = load ptr" in sums_ir()
    True
    """
    fields = "".join(_FIELD_TEXT.format(kind=kind, name=name, place=i) for i, (kind, name) in enumerate(FIELDS))
    four = "".join(_TAKE.format(name=name, sum=name) for name in "abcd")
    spoilt = _SPOILT.format(four=four, one=_TAKE.format(name="e", sum="e"))
    functions = "".join(text.format(fields=fields) for text in (_BEGIN, _END, _SUMS))
    return _MOVED + _RUNS + spoilt + _PAIRWISE + functions
