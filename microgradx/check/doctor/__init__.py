"""The doctor of `compare`: why a hand derivation is wrong.

A row is diagnosed in five stages. Whoever is new here reads one file of each stage first, marked *, in this order.

1. Evidence. *`evidence`: the graph and the derivations of all rows, computed at the recorded point and at a few near
   it (`points`), so that a coincidence at one point convinces nobody. `links` holds the graph as numbers by point
   (`series`), `ways` all ways from a node to the output, `kinks` the slopes at both sides, `digits` how exactly a
   number was given, `indices` what w12 and w21 have in common.
2. Slips. *`alternatives`: what people write where a local derivative belongs, one rule for each slip: it is dropped, in
   twice, taken at the output, …
3. Search. *`question` asks which slip, made somewhere, gives just the numbers of the derivation; an answer is a
   `Finding`. `search` goes through all of them: at one link (`one_link`), at all links of a kind (`everywhere`), at
   nodes with several users (`fanout`), of the whole (`whole`), two slips at once, several factors (`products`).
4. Belief. *`believed`: many findings give the same numbers by an identity. Only what the formula itself says, by the
   parts that `written` finds in it, is asserted. `edits` looks for what is wrong in the text itself, which `reading`
   also gets of code: an operation or an exponent, a name (`renamed`), or a piece that is missing or too many
   (`rewritten`); what it puts forward was tried (`trial`), and nothing in it cancels. `weighing` decides between the
   two where the finding is one of many ways to say the same, and where numbers never move: then both are told.
5. Words. *`explain` chooses the best finding and says how sure it is; `words` has a tell for each slip
   (`tell_factors`, `tell_partials`, `tell_paths`, with what `telling` gives them), `naming` what nodes and numbers are
   called. What comes out is an `Explanation` (`explanation`), of one of `KINDS`.

`consult` is the way in and leads through the stages for each row, rounding, non-finite numbers and kinks first;
`circle` adds that a derivation stands on an error signal which is not known before its own.
`symbolic` is beside all this: by hand − right as a formula, which `as_written` makes short.
"""

from .consult import Doctor as Doctor
from .evidence import Case as Case
from .explanation import KINDS as KINDS
from .explanation import Explanation as Explanation
from .kinks import is_slope as is_slope
