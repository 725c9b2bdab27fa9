"""
Numbers in whatever spelling they come, as E.164 integers; 0 is what is no number.

Nearly all of a file is spelled one way, and that way is read by the column. What is odd is read by the table
of the world's numbering plans, each spelling once. A number is one whose country exists and whose length
its country has; whether there can be such a line is not asked, because the list covers those that there are.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jiebang.recycled.digits import LONGEST, read_digits
from jiebang.recycled.layout import Numbers
from jiebang.recycled.plans import LEAD, WORLD, national, possible, read
from jiebang.recycled.refusals import NotRecords

_TENS: Numbers = 10 ** np.arange(19, dtype=np.int64)
_REMEMBERED = 1 << 16


class Speller:
    """Reads the number columns of one file; what it has read in an odd spelling it remembers for a while."""

    def __init__(self, region: str | None = None) -> None:
        """
        Read as they read in a region (ISO 3166-1), where a number has no country code.

        Without a region such are no numbers: "13105551234" is a line in Beijing and another in Los
        Angeles. In the region 001, the world, digits without a plus sign are taken to begin with
        one. Raises `ValueError` for a region that is none.
        """
        self.region = region
        self._known: dict[str, int] = {}
        if region not in {None, WORLD}:
            national(str(region))
        possible()

    def numbers(self, column: pa.Array) -> Numbers:
        """Read a column: text, or integers; refuses with `NotRecords` a column of anything else."""
        text = _text(column)
        found, lengths, plus = read_digits(text)
        if self.region is None:
            found *= plus
        elif self.region != WORLD:
            found, lengths = self._national(text, found, lengths=lengths)
        found *= _can_be(found, lengths)
        odd = np.flatnonzero(found == 0)
        if odd.size:
            found[odd] = self._odd(text.take(pa.array(odd)))
        return found

    def _national(self, text: pa.Array, found: Numbers, *, lengths: Numbers) -> tuple[Numbers, Numbers]:
        """Put the country before what is written without it; 0 for what the library has to read."""
        assert self.region is not None  # noqa: S101 - asked only then
        country, own, more = national(self.region)
        bare = ~_booleans(pc.starts_with(text, pattern="+"))
        for begins in more:
            found = np.where(bare & _booleans(pc.starts_with(text, pattern=begins)), 0, found)
        found = np.where(bare & ~np.isin(lengths, list(own)), 0, found)
        whole = found + int(country) * _TENS.take(lengths, mode="clip")
        return (
            np.where(bare & (found > 0), whole, found),
            np.where(bare, lengths + len(country), lengths),
        )

    def _odd(self, text: pa.Array) -> Numbers:
        each = pc.fill_null(text, "").dictionary_encode()
        spelled = [value.decode(errors="replace") for value in each.dictionary.cast(pa.binary()).to_pylist()]
        known = self._known if len(self._known) < _REMEMBERED else {}
        self._known = known  # another thread goes on with the one that it has
        for one in spelled:
            if one not in known:
                known[one] = read(one, self.region)
        values = np.array([known[one] for one in spelled], dtype=np.int64)
        taken: Numbers = values[each.indices.to_numpy()]
        return taken


def _text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_string(kind):
        return column
    if pa.types.is_floating(kind):
        whole = pc.if_else(pc.equal(pc.floor(column), column), column, None)
        return pc.cast(pc.cast(whole, pa.int64(), safe=False), pa.string())
    if not (pa.types.is_integer(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise NotRecords(f"numbers are text or integers, and this column is {kind}")
    return pc.cast(column, pa.string())


def _can_be(found: Numbers, lengths: Numbers) -> npt.NDArray[np.bool_]:
    """Whether a number's country has such lengths; what is zero, or shorter than its digits, cannot be."""
    # A float holds fifteen digits exactly, and is divided several at a time.
    lead = (found / _TENS.take(lengths - LEAD, mode="clip").astype(np.float64)).astype(np.int64)
    known = possible().take(lead * (LONGEST + 1) + lengths, mode="clip")
    known &= found >= _TENS.take(lengths - 1, mode="clip")
    known &= (lengths > LEAD) & (lengths <= LONGEST)
    return known


def _booleans(column: pa.Array) -> npt.NDArray[np.bool_]:
    filled = pc.fill_null(column, fill_value=False) if column.null_count else column
    values: npt.NDArray[np.bool_] = filled.to_numpy(zero_copy_only=False)
    return values
