"""One change file, from its first row to its last: in parts, with a bar, and a report of what is refused."""

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from os import SEEK_END
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jiebang.cli.terminal import err
from jiebang.domain.verdict import Fate, Verdict
from jiebang.flows.load_part import Part, load_part
from jiebang.house import House
from jiebang.opening import now
from jiebang.store.loads import Load
from jiebang.wire.change_files import Batch, ChangeFile
from jiebang.wire.change_rows import Reading

_PART = 10_000
"""Rows that are kept at once: fewer cost more per row, and more are lost by whoever is killed."""
_SHOWN = 20
"""Refused rows that are named on the terminal; all are named in the report."""
_HEAD = b"line,reason\n"


class ReportLost(ValueError):  # noqa: N818 - named as what is wrong, like the refusals
    """The report of what was not taken before is not there, or no more whole."""


class Report:
    """The rows that were not taken, with their lines and reasons: made with the first of them."""

    def __init__(self, path: Path, *, length: int) -> None:
        """
        Open what was written before up to `length`; what is longer was never kept, and is cut off.

        Raises `OSError`, and `ReportLost` where that is not what lies there.
        """
        self.path, self._length, self._shown = path, length, 0
        self._file: IO[bytes] | None = _opened(path, length=length) if length else None

    def add(self, reasons: dict[int, str]) -> int:
        """Add rows by line; returns how long the report is then."""
        if reasons:
            if self._file is None:
                self._file = self.path.open("wb")
                self._length = self._file.write(_HEAD)
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


def _opened(path: Path, *, length: int) -> IO[bytes]:
    try:
        file = path.open("r+b")
    except FileNotFoundError as missing:
        raise ReportLost from missing
    if file.read(len(_HEAD)) != _HEAD or file.seek(0, SEEK_END) < length:
        file.close()
        raise ReportLost
    file.truncate(length)
    file.seek(length)
    return file


def try_report(path: Path) -> None:
    """Find out whether a report could be written there, and leave nothing behind; raises `OSError`."""
    new = not path.exists()
    path.open("ab").close()
    if new:
        path.unlink()


def load_file(opened: House, file: ChangeFile, *, load: Load, reading: Reading, report: Path) -> Load:
    """
    Load what is left of a file.

    Raises what `batches` does, `LoadedMeanwhile`, `OSError` when the report cannot be written, and
    `ReportLost` before anything is loaded.
    """
    with ExitStack() as stack:
        # A million rows make no cycles, and looking for some among them costs as much as judging them.
        gc.disable()
        stack.callback(gc.enable)
        written = stack.enter_context(Report(report, length=load.report_bytes))
        bar = stack.enter_context(_bar())
        reader = stack.enter_context(ThreadPoolExecutor(1))
        read = file.batches(reading, size=_PART, skip=load.position)
        batches = _Ahead(map(_by_number, read), reader)
        going = bar.add_task("", total=load.rows, completed=load.position)
        for batch in batches:
            part = _part(batch, written.add, meanwhile=batches.begin)
            load = load_part(
                opened.database, load, part=part, now=now(), policy=opened.policy, secret=opened.number_secret
            )
            bar.update(going, completed=load.position)
    return load


class _Ahead:
    """
    Batches of which the next can be read while a server takes this one in.

    That begins when the server has its work and not before: of two threads of Python one runs, and when
    the server had work at last, nothing would be left to do beside it.
    """

    def __init__(self, batches: Iterator[Batch], reader: ThreadPoolExecutor) -> None:
        self._batches, self._reader = batches, reader
        self._soon: Future[Batch | None] | None = None

    def begin(self) -> None:
        """Begin to read the next batch."""
        self._soon = self._reader.submit(next, self._batches, None)

    def __iter__(self) -> Iterator[Batch]:
        while (batch := self._next()) is not None:
            yield batch

    def _next(self) -> Batch | None:
        soon, self._soon = self._soon, None
        return next(self._batches, None) if soon is None else soon.result()


def _by_number(batch: Batch) -> Batch:
    """Put a batch in the order of the database's index; of each number, in that of the file."""
    told = sorted(zip(batch.changes, batch.lines, strict=True), key=lambda one: one[0].number.e164)
    return batch._replace(changes=[change for change, _ in told], lines=[line for _, line in told])


def _bar() -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("rows"), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def _part(batch: Batch, add: Callable[[dict[int, str]], int], *, meanwhile: Callable[[], None]) -> Part:
    def tell(verdicts: Sequence[Verdict]) -> int:
        refused = {
            line: str(verdict.refusal)
            for line, verdict in zip(batch.lines, verdicts, strict=True)
            if verdict.fate is Fate.REFUSED
        }
        return add(batch.unreadable | refused)

    return Part(batch.changes, len(batch.unreadable), tell, meanwhile)
