"""What all optimisers share: parameters in groups, hyper-parameters and their ranges, memory, steps, and state.

An optimiser is a rule on lists of numbers and the lists that it remembers between steps. To add one, subclass
`Optimizer`, give its hyper-parameters with their defaults to `super().__init__`, and write `rule`.
"""

from __future__ import annotations

import reprlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, ClassVar, Self

from .engine import Value
from .errors import LoadError
from .gradient_elsewhere import warn_of_gradient_elsewhere
from .hyper import Group as Group
from .hyper import Ranges as Ranges
from .hyper import shown, validated
from .in_trace import refuse_in_trace
from .keywords import Keyworded
from .node import Put, grads_of, set_data
from .numbers import no_parameter, no_parameters, real
from .optim_state import Memory as Memory
from .optim_state import Numbers as Numbers
from .optim_state import Update as Update
from .optim_state import fitting

Parameters = Iterable[Value] | Iterable[Group] | None


class Checked(tuple[Value, ...]):
    """Values of which somebody has seen that they are leaves, each there once: an optimiser takes them as they are."""


class Optimizer(Keyworded):
    """What all optimisers share: groups of parameters with their hyper-parameters, and the memory of past steps.

    `parameters` are Values, or groups as dictionaries such as {"params": layer.parameters(), "lr": 0.01}, whose other
    hyper-parameters are the optimiser's own. Without parameters it is for `fit`, which binds it to a model.
    ValueError for a hyper-parameter out of its range, for a parameter given twice, and for a computed node; TypeError
    for what is no list of Values.

    >>> import math
    >>> class SignDescent(Optimizer):
    ...     def __init__(self, parameters=None, *, lr):
    ...         super().__init__(parameters, lr=lr)
    ...     def rule(self, w, g, memory, hyper):
    ...         return Update([wᵢ - math.copysign(hyper["lr"], gᵢ) for wᵢ, gᵢ in zip(w, g)], {})
    >>> w = Value(1.0)
    >>> optimizer = SignDescent([w], lr=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    0.75
    """

    memory_ranges: ClassVar[Ranges] = {}  # which numbers a memory can hold, where not all finite ones make sense
    param_groups: list[Group]

    def __new__(cls, *arguments: Any, **settings: Any) -> Self:
        code = getattr(cls.__init__, "__code__", None)
        # Python itself would only say that lr is missing.
        if arguments and isinstance(arguments[0], float | int) and code and code.co_varnames[1:2] == ("parameters",):
            raise TypeError(f"parameters are a list of Values, not {_instead(arguments[0])}")
        return super().__new__(cls, *arguments, **settings)

    def __init__(self, parameters: Parameters, **defaults: Any) -> None:
        self.defaults = validated(defaults)
        self.param_groups = []
        self._memories: list[Memory] = []
        self._has_begun = False
        if parameters is not None:
            self.bind(parameters)

    def rule(self, w: Numbers, g: Numbers, memory: Memory, hyper: Group) -> Update:
        """Return the next weights and memory, from weights w, gradients g and what `rule` returned last ({} at first).

        `hyper` holds the hyper-parameters of the group, with "lr" already scaled by the schedule. NotImplementedError
        where a class has none.
        """
        raise NotImplementedError(f"{type(self).__name__} has no rule(self, w, g, memory, hyper)")

    def bind(self, parameters: Iterable[Value] | Iterable[Group]) -> None:
        """Take charge of these parameters, or of these groups of them; TypeError or ValueError as for `parameters`."""
        if not isinstance(parameters, Iterable):
            raise TypeError(f"parameters are a list of Values, not {_instead(parameters)}")
        entries: Any = parameters if isinstance(parameters, Checked) else list(parameters)
        if not entries:
            raise ValueError("an optimiser of no parameters does nothing; give it model.parameters()")
        for group in entries if isinstance(entries[0], dict) else [{"params": entries}]:
            self.add_param_group(group)

    def add_param_group(self, group: Group) -> None:
        """Take charge of group["params"] too, with hyper-parameters of their own where the group names them."""
        if "params" not in group:
            raise ValueError(f'a group of parameters needs the key "params", but has {", ".join(map(repr, group))}')
        own = {name: x for name, x in group.items() if name != "params"}
        if unknown := own.keys() - self.defaults.keys():
            kind = type(self).__name__
            raise ValueError(f"{kind} has no {', '.join(sorted(unknown))}; it has {shown(self.defaults)}")
        self.param_groups.append({"params": self._checked(group["params"]), **validated(self.defaults | own)})
        self._memories.append({})

    def _checked(self, given: Any) -> Sequence[Value]:
        """Return a Value or several as a list; TypeError or ValueError unless they are leaves, new here, each once."""
        if isinstance(given, Checked) and not self.param_groups:
            return given
        params = [given] if isinstance(given, Value) else list(given)
        for v in [v for v in params if v.__class__ is not Value or v._primitive is not None]:
            if v.__class__ is not Value:
                raise TypeError(f"an optimiser changes Values, not {no_parameter(v)}")
            raise ValueError(f"{v!r} is computed from others; only leaves can be parameters")
        both = [*self.parameters(), *params]
        if len(set(both)) < len(both):
            twice, _ = Counter(both).most_common(1)[0]
            raise ValueError(f"{twice!r} is given twice; a parameter belongs to one group, once")
        return params

    def parameters(self) -> list[Value]:
        """Return the parameters of all groups, in order."""
        return list(chain.from_iterable([group["params"] for group in self.param_groups]))

    @property
    def lr(self) -> float:
        """The learning rate, to read or to set; AttributeError where several groups have one each."""
        return float(self._hyper("lr")["lr"])

    @lr.setter
    def lr(self, lr: float) -> None:
        self._hyper("lr").update(validated({"lr": lr}))

    def _hyper(self, name: str) -> Group:
        """Return what holds a hyper-parameter of all parameters: the only group, or the defaults before it."""
        if len(self.param_groups) > 1:
            raise AttributeError(
                f"{len(self.param_groups)} groups of parameters have a {name} each: see param_groups[0][{name!r}]"
            )
        return self.param_groups[0] if self.param_groups else self.defaults

    @property
    def memories(self) -> list[Memory]:
        """What each group of parameters remembers of past steps: {} before the first."""
        return self._memories

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for v in self.parameters():
            v.grad = 0.0

    def step(self, scale: float = 1.0) -> None:
        """Change every parameter once by the gradients that are there now; before any backward all of them are 0.

        Those that a program's `value_and_grad` gives back are not there: a first step for want of them is warned of.
        `scale` multiplies the learning rates for this step, as a schedule gives it: `step(schedule(t))`.
        """
        updates = self.propose(scale)
        if not self._has_begun:
            self._has_begun = True
            warn_of_gradient_elsewhere(self.parameters())
        self.accept(updates)

    def propose(self, scale: float = 1.0) -> list[Update]:
        """Return what `step` would change, one update for each group, and change nothing.

        TypeError for a scale that is no number, ValueError without parameters.
        """
        refuse_in_trace("a step of an optimiser", self)
        try:
            scale = real(scale)
        except TypeError:
            raise TypeError(
                f"a step takes a number that multiplies the learning rate, not {reprlib.repr(scale)}; gradients stand "
                f"in the grad of the parameters"
            ) from None
        if not self.param_groups:
            raise ValueError(
                f"this {type(self).__name__} has no parameters yet: give them first, "
                f"as in {type(self).__name__}(model.parameters(), …), or pass it to fit"
            )
        return [
            self.rule([v._data for v in ps], grads_of(ps), memory, group | {"lr": group["lr"] * scale})
            for group, memory in zip(self.param_groups, self._memories, strict=True)
            for ps in (group["params"],)
        ]

    def kept(self) -> list[Update]:
        """Return all that steps change, as it is now; `accept` brings it back."""
        pairs = zip(self.param_groups, self._memories, strict=True)
        return [Update([v._data for v in group["params"]], memory) for group, memory in pairs]

    def accept(self, updates: Sequence[Update]) -> None:
        """Make these updates; made twice they change nothing more, so that an interrupted call can be repeated."""
        self.accept_by(set_data, updates)

    def accept_by(self, put: Put, updates: Sequence[Update]) -> None:
        """Make these updates, whose numbers `put` sets, in one call for all groups."""
        put(_joined([group["params"] for group in self.param_groups]), _joined([update.weights for update in updates]))
        self._memories = [update.memory for update in updates]

    def state_dict(self) -> dict[str, Any]:
        """Return hyper-parameters and memory as plain data, which JSON can hold; parameters are told by their count."""
        groups = [group | {"params": len(group["params"])} for group in self.param_groups]
        memories = [{name: list(x) for name, x in memory.items()} for memory in self._memories]
        return {"optimizer": type(self).__name__, "param_groups": groups, "state": memories}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take on a state that `state_dict` gave; LoadError, with nothing changed, unless it fits group by group."""
        try:
            groups, memories = fitting(state, type(self).__name__, self.param_groups, self.rule, self.memory_ranges)
        except LoadError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise LoadError(f"this is not the state of an optimiser: {error}") from None
        for group, hyper in zip(self.param_groups, groups, strict=True):
            group.update(hyper)
        self._memories = memories

    def __repr__(self) -> str:
        groups = self.param_groups or [self.defaults]
        return " + ".join(f"{type(self).__name__}({shown(group)})" for group in groups)


def _instead(given: Any) -> str:
    """Return what was given in place of a list of parameters, and what to write."""
    return f"{given!r}; a learning rate is named: lr=0.1" if isinstance(given, float | int) else no_parameters(given)


def _joined(parts: list[Any]) -> Any:
    """Return sequences one after the other; the only one as it is."""
    return parts[0] if len(parts) == 1 else chain.from_iterable(parts)
