"""
When a number was written into an entry, from what a directory remembers of its own changes.

OpenLDAP can keep a log of them beside the tree. Active Directory keeps on each entry, for each attribute, how
often and when it was last written.
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from ldap3.protocol.formatters.formatters import format_time

from jiebang.agent.connectors.ldap.directory import Directory, Entry, both, either, equals
from jiebang.domain.binding import Bound, BoundSource, Precision

STAMPS = "replPropertyMetaData"
_MOST_WRITES = 1000
_WRITE = re.compile(r"(?P<name>[^:]+):(?P<what>[-+=])(?: (?P<value>.*))?", re.DOTALL)
_FRACTION = re.compile(r"(?P<whole>\d{14})[.,](?P<fraction>\d{1,6})\d*(?P<zone>Z|[-+]\d{4})")
"""A generalized time with a fraction of its second."""
_1601 = datetime(1601, 1, 1, tzinfo=UTC)
_HEADER, _STAMP = struct.Struct("<QQ"), struct.Struct("<IIQ16sQQ")
"""A count; and for each attribute: which, times written, seconds since 1601, by whom, two sequences."""
_ATTRIBUTES = {
    "telephonenumber": 0x14, "facsimiletelephonenumber": 0x17, "homephone": 0x150014, "mobile": 0x150029,
    "pager": 0x15002A, "ipphone": 0x902D1,
}  # fmt: skip
"""
Attributes for numbers that have one value, as the stamps name them (MS-DRSR §5.16.4, by the prefixes that
every forest begins with). Of several values there is one stamp for all, which says nothing of one of them.
"""

Since: TypeAlias = datetime | bool | None
"""Since when a value stands; `False` where it does not; `None` where nobody knows."""


def instant(written: str | None) -> datetime | None:
    """Read a generalized time (RFC 4517 §3.3.13), or Active Directory's count of 100 ns since 1601."""
    if written is None:
        return None
    if written.isdecimal() and len(written) == 18:  # noqa: PLR2004 - any day from 1918 to 4769
        return _1601 + timedelta(microseconds=int(written) // 10)
    # The library counts fractions in binary, and is at times a microsecond short.
    parts = _FRACTION.fullmatch(written)
    read = format_time("".join(parts.group("whole", "zone") if parts else written).encode())
    if not isinstance(read, datetime):
        return None
    return read + timedelta(microseconds=int(parts["fraction"].ljust(6, "0")) if parts else 0)


def logged(
    directory: Directory,
    place: str,
    *,
    own_id: str,
    stored: Iterable[tuple[str, bytes]],
    same: Callable[[str], bool],
) -> datetime | None:
    """
    Find in OpenLDAP's log (slapo-accesslog) since when an entry has a number, without a break.

    `stored` are the values that are the number, with their attributes, and `same` says whether another
    is. `None` where the log does not prove it: it begins later, or tells more than can be gone through.
    """
    writes = either(equals("objectClass", kind) for kind in ("auditAdd", "auditModify"))
    question = both(writes, equals("reqEntryUUID", own_id), equals("reqResult", "0"))
    found = directory.search(place, question, wanted=("objectClass", "reqStart", "reqMod"), most=_MOST_WRITES)
    if found.cut:
        return None
    entries = sorted(found.entries, key=lambda entry: entry.text("reqStart") or "")
    since = [
        _since(entries, name=name.lower(), value=value.decode(errors="replace"), same=same)
        for name, value in stored
    ]
    known = [at for at in since if at is not None]
    return min(known) if known and len(known) == len(since) else None


def _since(writes: Iterable[Entry], *, name: str, value: str, same: Callable[[str], bool]) -> datetime | None:
    """Go through an entry's writes, oldest first: since when does a value stand? `None` if that is open."""
    stands: Since = None
    for write in writes:
        was = False if write.text("objectClass") == "auditAdd" else stands
        stands = _after(write, was, name=name, value=value, same=same)
    return stands if isinstance(stands, datetime) else None


def _after(write: Entry, was: Since, *, name: str, value: str, same: Callable[[str], bool]) -> Since:
    """
    Say since when a value stands after one write, which is done in one piece.

    What the write takes off and puts on again, or writes over itself, was never away: it stands since it
    stood; where that is open, it stays open.
    """
    at, stands, taken = instant(write.text("reqStart")), was, False
    put = [said["value"] for said in _steps(write, name) if said["what"] == "="]
    for said in _steps(write, name):
        match said["what"]:
            case "-" if said["value"] is None or same(said["value"]):
                stands, taken = False, True
            case "=" if value not in put:
                stands = False
            case "=" if stands is False:
                stands = at
            case "+" if said["value"] == value:
                stands = stands or at
    return was if taken and stands is not False and was is not False else stands


def _steps(write: Entry, name: str) -> Iterator[re.Match[str]]:
    """Read what a logged write did to one attribute, step by step."""
    for _, value in write.under("reqMod"):
        said = _WRITE.fullmatch(value.decode(errors="replace"))
        if said is not None and said["name"].lower() == name:
            yield said


def stamped(entry: Entry, names: Iterable[str]) -> Bound | None:
    """
    Say from Active Directory's stamps since when these attributes hold what they hold.

    Written once, an attribute got its value then. Written more often, it may have got the same value
    before: then it is only sure that it had it by the last time.
    """
    stamps = dict(_stamps(next((value for _, value in entry.under(STAMPS)), b"")))
    found = [stamps.get(_ATTRIBUTES.get(name.lower(), -1)) for name in names]
    known = [stamp for stamp in found if stamp is not None]
    if not known or len(known) < len(found):
        return None
    once = all(times == 1 for times, _ in known)
    return Bound(
        at=min(at for _, at in known), precision=Precision.INSTANT,
        source=BoundSource.NATIVE if once else BoundSource.FIRST_SEEN,
    )  # fmt: skip


def _stamps(kept: bytes) -> Iterator[tuple[int, tuple[int, datetime]]]:
    """Read stamps: for each attribute how often and when it was last written."""
    # Version 1 is the only one there is; of whatever else, nothing is known.
    if len(kept) < _HEADER.size or _HEADER.unpack_from(kept)[0] != 1:
        return
    rest = kept[_HEADER.size :]
    for which, times, seconds, *_ in _STAMP.iter_unpack(rest[: len(rest) // _STAMP.size * _STAMP.size]):
        yield which, (times, _1601 + timedelta(seconds=seconds))
