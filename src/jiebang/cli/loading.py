"""One change file, from its first row to its last: in parts, with a bar, and a report of what is refused."""

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
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
from jiebang.wire.change_files import Batch, ChangeFile
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
            told = sorted(reasons.items())
            self._length += self._file.write("".join(f'{line},"{why}"\n' for line, why in told).encode())
            self._file.flush()
            self._show(told)
        return self._length

    def _show(self, told: Sequence[tuple[int, str]]) -> None:
        for line, why in told[: _SHOWN - self._shown]:
            err.print(f"line {line}: {why}", highlight=False, soft_wrap=True)
        if self._shown < _SHOWN <= self._shown + len(told):
            err.print(f"More are in {self.path}.", highlight=False, soft_wrap=True)
        self._shown = min(_SHOWN, self._shown + len(told))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _raised: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def load_file(opened: House, file: ChangeFile, *, load: Load, reading: Reading, report: Path) -> Load:
    """Load what is left of a file; raises what `batches` does, and `LoadedMeanwhile`."""
    with ExitStack() as stack:
        # A million rows make no cycles, and looking for some among them costs as much as judging them.
        gc.disable()
        stack.callback(gc.enable)
        written = stack.enter_context(Report(report, length=load.report_bytes))
        bar = stack.enter_context(_bar())
        batches = file.batches(reading, size=_PART, skip=load.position)
        going = bar.add_task("", total=load.rows, completed=load.position)
        served = opened.database.engine.dialect.name == "postgresql"
        for batch in _ahead(batches) if served else batches:
            part = _part(batch, written.add)
            load = load_part(opened.database, load, part=part, now=now(), policy=opened.policy)
            bar.update(going, completed=load.position)
    return load


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """
    Read the next batch while a server works on this one.

    SQLite works in this very process: a second thread would only get into its way.
    """
    with ThreadPoolExecutor(1) as reader:
        soon = reader.submit(next, batches, None)
        while (batch := soon.result()) is not None:
            soon = reader.submit(next, batches, None)
            yield batch


def _bar() -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("rows"), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def _part(batch: Batch, add: Callable[[dict[int, str]], int]) -> Part:
    def tell(verdicts: Sequence[Verdict]) -> int:
        refused = {
            line: str(verdict.refusal)
            for line, verdict in zip(batch.lines, verdicts, strict=True)
            if verdict.fate is Fate.REFUSED
        }
        return add(batch.unreadable | refused)

    return Part(batch.changes, len(batch.unreadable), tell)
