"""Files of records: which format, which columns, and how they are read and written piece by piece."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa

from jiebang.recycled.refusals import NotRecords

Piece = Callable[[], pa.RecordBatch]
"""Some records that can be read, by whichever thread."""

_NUMBER = (
    "number", "e164", "phonenumber", "mobilenumber", "phone", "mobile", "msisdn", "tel", "telephone",
    "cellphone", "号码", "手机号", "手机号码", "手机", "电话", "电话号码",
)  # fmt: skip
_BOUND = (
    "boundon", "boundat", "bound", "bindtime", "binddate", "bindon", "bindat", "绑定时间", "绑定日期",
    "phoneverifiedat", "verifiedat", "createdat", "createdon", "created", "registeredat", "registeredon",
    "registered", "signupdate", "注册时间", "注册日期", "创建时间",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns say the number and the day it was bound; what is `None` is found by its name."""

    number: str | None = None
    bound: str | None = None


class Records(Protocol):
    """A file of records, open."""

    number: int
    bound: int
    broken: int
    """How many rows were no rows; known once all have been read."""

    def close(self) -> None:
        """Close the file."""
        ...

    def pieces(self) -> Iterator[Piece]:
        """Cut the file into pieces that are read one by one."""
        ...

    def share(self) -> float:
        """Say how much of the file has been handed out, from 0 to 1."""
        ...

    def encode(self, kept: pa.RecordBatch) -> Any:  # noqa: ANN401 - what the file's own writer takes
        """Prepare records for the writer; done in any thread."""
        ...

    def writer(self, file: BinaryIO, out: Path) -> AbstractContextManager[Callable[[Any], None]]:
        """Open a writer of the same format and columns over a file; what it takes, `encode` has made."""
        ...


def find_columns(names: Sequence[str], columns: Columns) -> tuple[int, int]:
    """Find the two columns among a file's; refuses with `NotRecords`, and says which there are."""
    if len(set(names)) != len(names):
        raise NotRecords("two columns have the same name")
    number = _find(names, columns.number, known=_NUMBER, option="--number-column")
    bound = _find(names, columns.bound, known=_BOUND, option="--bound-column")
    return number, bound


def _find(names: Sequence[str], wanted: str | None, *, known: Sequence[str], option: str) -> int:
    there = ", ".join(names)
    if wanted is not None:
        if wanted not in names:
            raise NotRecords(f"it has no column {wanted}; it has: {there}")
        return list(names).index(wanted)
    plain = [re.sub(r"[\W_]", "", name).lower() for name in names]
    for name in known:
        if plain.count(name) == 1:
            return plain.index(name)
    raise NotRecords(f"say which column it is with {option}; it has: {there}")
