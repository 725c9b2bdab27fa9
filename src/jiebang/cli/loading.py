"""One change file, from its first row to its last: in parts, with a bar, and a report of what is refused."""

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jiebang.app import now
from jiebang.cli.terminal import err
from jiebang.domain.verdict import Fate, Verdict
from jiebang.flows.load_part import Part, load_part
from jiebang.house import House
from jiebang.store.loads import Load
from jiebang.wire.change_files import ChangeFile, Row
from jiebang.wire.change_rows import Reading

_PART = 10_000
"""Rows that are kept at once: fewer cost more per row, and more are lost by whoever is killed."""
_SHOWN = 20
"""Refused rows that are named on the terminal; all are named in the report."""


class Report:
    """The rows that were not taken, with their lines and reasons: made with the first of them."""

    def __init__(self, path: Path, *, length: int) -> None:
        """Open what was written before up to `length`; what is longer was never kept, and is cut off."""
        self.path, self._length, self._shown = path, length, 0
        self._file: IO[bytes] | None = None
        if length:
            self._file = path.open("r+b")
            self._file.truncate(length)
            self._file.seek(length)

    def add(self, reasons: dict[int, str]) -> int:
        """Add rows by line; returns how long the report is then."""
        if reasons:
            if self._file is None:
                self._file = self.path.open("wb")
                self._length = self._file.write(b"line,reason\n")
            lines = [f'{line},"{reasons[line]}"\n' for line in sorted(reasons)]
            self._length += self._file.write("".join(lines).encode())
            self._file.flush()
            self._show(reasons)
        return self._length

    def _show(self, reasons: dict[int, str]) -> None:
        for line in sorted(reasons)[: _SHOWN - self._shown]:
            err.print(f"line {line}: {reasons[line]}", highlight=False, soft_wrap=True)
        if self._shown < _SHOWN <= self._shown + len(reasons):
            err.print(f"More are in {self.path}.", highlight=False, soft_wrap=True)
        self._shown = min(_SHOWN, self._shown + len(reasons))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _raised: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def load_file(opened: House, file: ChangeFile, *, load: Load, reading: Reading, report: Path) -> Load:
    """Load what is left of a file; raises `NotAChangeFile`, `NotReadable` and `LoadedMeanwhile`."""
    with ExitStack() as stack:
        # A million rows make no cycles, and looking for some among them costs as much as judging them.
        gc.disable()
        stack.callback(gc.enable)
        written = stack.enter_context(Report(report, length=load.report_bytes))
        bar = stack.enter_context(_bar())
        rows = file.rows(reading, skip=load.position)
        going = bar.add_task("", total=load.rows, completed=load.position)
        for batch in _batches(rows, ahead=opened.database.engine.dialect.name == "postgresql"):
            part = _part(batch, written.add)
            load = load_part(opened.database, load, part=part, now=now(), policy=opened.policy)
            bar.update(going, completed=load.position)
    return load


def _batches(rows: Iterator[Row], *, ahead: bool) -> Iterator[list[Row]]:
    """
    Take rows by the part; `ahead` when the next part is to be read while a server works on this one.

    SQLite works in this very process: a second thread would only get into its way.
    """

    def following() -> list[Row]:
        return list(islice(rows, _PART))

    if not ahead:
        yield from iter(following, [])
        return
    with ThreadPoolExecutor(1) as reader:
        soon = reader.submit(following)
        while batch := soon.result():
            soon = reader.submit(following)
            yield batch


def _bar() -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("rows"), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def _part(batch: Sequence[Row], add: Callable[[dict[int, str]], int]) -> Part:
    read = [row for row in batch if row.change is not None]
    unreadable = {row.line: row.reason for row in batch if row.change is None}

    def tell(verdicts: Sequence[Verdict]) -> int:
        refused = {
            row.line: str(verdict.refusal)
            for row, verdict in zip(read, verdicts, strict=True)
            if verdict.fate is Fate.REFUSED
        }
        return add(unreadable | refused)

    changes = [row.change for row in read if row.change is not None]
    return Part(changes, len(unreadable), tell)
