"""Days on which records were bound, in whatever spelling they come, as day codes; 0 is what is no day."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from jiebang.recycled.days import EPOCH, FIRST, LAST
from jiebang.recycled.layout import Codes
from jiebang.recycled.refusals import NotRecords

NO_DAY = 0
_BEFORE = 1
"""The code of every day before `EPOCH`: earlier than any on which a number changed hands."""
_SINCE_1970 = FIRST - (EPOCH - date(1970, 1, 1)).days
_NAMED = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ].*)?", re.ASCII)
_COUNT = re.compile(r"\d{9,17}(?:\.\d+)?", re.ASCII)
_OFFSET = re.compile(r"[T ]\d.*(?:Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)
_FIRST_NAMED, _LAST_NAMED = 1000_01_01, 9999_12_31
_MILLISECONDS, _MICROSECONDS, _NANOSECONDS = 10**11, 10**14, 10**17
_REMEMBERED = 1 << 16


class Calendar:
    """Reads the bound-on columns of one file; instants become days in one zone, the list's own."""

    def __init__(self, zone: str = "UTC") -> None:
        """Count days as they are counted in a time zone of the IANA's."""
        self.zone = zone
        self._known: dict[str, int] = {}

    def codes(self, column: pa.Array) -> Codes:
        """Read a column of dates, instants, text or counts; refuses with `NotRecords` any other."""
        kind = column.type
        if pa.types.is_dictionary(kind):
            return self.codes(column.dictionary_decode())
        if pa.types.is_date(kind):
            return _of_days(pc.cast(column, pa.date32()))
        if pa.types.is_timestamp(kind):
            return self._of_instants(column)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return self._of_counts(column)
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            return self._of_text(pc.cast(column, pa.string()))
        raise NotRecords(f"days are dates, instants, text or integers, and this column is {kind}")

    def _of_instants(self, column: pa.Array) -> Codes:
        if column.type.tz is not None:
            column = pc.local_timestamp(pc.cast(column, pa.timestamp(column.type.unit, self.zone)))
        return _of_days(pc.cast(column, pa.date32(), safe=False))

    def _of_counts(self, column: pa.Array) -> Codes:
        """Read 20241031, or seconds, milliseconds or microseconds since 1970, by their size."""
        values = pc.fill_null(pc.cast(column, pa.int64(), safe=False), 0).to_numpy(zero_copy_only=False)
        named = (values >= _FIRST_NAMED) & (values <= _LAST_NAMED)
        found = np.zeros(values.size, dtype=np.uint16)
        found[named] = self._of_text(pc.cast(pa.array(values[named]), pa.string()))
        counted = (values > _LAST_NAMED) & (values < _NANOSECONDS)
        scale = np.where(values < _MILLISECONDS, 10**6, np.where(values < _MICROSECONDS, 1000, 1))
        since = pa.array((values * scale)[counted]).cast(pa.timestamp("us", "UTC"))
        found[counted] = self._of_instants(since)
        return found

    def _of_text(self, text: pa.Array) -> Codes:
        """Read a column of text: as a whole where all are days of ISO 8601, else each spelling."""
        try:
            return _of_days(pc.cast(text, pa.date32()))
        except pa.ArrowInvalid:
            each = pc.fill_null(text, "").dictionary_encode()
        values = self._of_spellings(each.dictionary)
        taken: Codes = values[each.indices.to_numpy()]
        return taken

    def _of_spellings(self, spelled: pa.Array) -> Codes:
        for kind in (pa.timestamp("us", "UTC"), pa.timestamp("us")):
            try:
                return self._of_instants(pc.cast(spelled, kind))
            except pa.ArrowInvalid:
                continue
        known = self._known if len(self._known) < _REMEMBERED else {}
        self._known = known  # another thread goes on with the one that it has
        texts = [value.decode(errors="replace").strip() for value in spelled.cast(pa.binary()).to_pylist()]
        for one in texts:
            if one not in known:
                known[one] = self._read(one)
        return np.array([known[one] for one in texts], dtype=np.uint16)

    def _read(self, text: str) -> int:
        return next((code for day in self._meant(text) if (code := _code(day))), NO_DAY)

    def _meant(self, text: str) -> Iterator[date]:
        """Give the day that a text means, if any."""
        try:
            if _COUNT.fullmatch(text):
                code = self._of_counts(pa.array([float(text)]))[0]
                if code >= _BEFORE:
                    yield date.fromordinal(EPOCH.toordinal() + int(code) - FIRST)
            elif _OFFSET.search(text):
                yield datetime.fromisoformat(text).astimezone(ZoneInfo(self.zone)).date()
            elif named := _NAMED.fullmatch(text):
                year, month, day = (int(part) for part in named.groups() if part)
                yield date(year, month, day)
        except (ValueError, OverflowError):
            return


def _code(day: date) -> int:
    return min(max((day - EPOCH).days + FIRST, _BEFORE), LAST)


def _of_days(column: pa.Array) -> Codes:
    """Write days (date32) as codes; none for what is null."""
    days: npt.NDArray[np.int32] = pc.fill_null(pc.cast(column, pa.int32()), 0).to_numpy(zero_copy_only=False)
    codes: Codes = np.clip(days + np.int32(_SINCE_1970), _BEFORE, LAST).astype(np.uint16)
    if column.null_count:
        codes[pc.is_null(column).to_numpy(zero_copy_only=False)] = NO_DAY
    return codes
