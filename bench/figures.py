"""Figures: what was measured, beside what it is held against in the same run, and the goal for the two."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    what: str
    measured: str
    against: str
    """What it is held against, and how that fared."""
    ratio: float
    """The measured over what it is held against, so that two machines can be compared."""
    goal: str = ""
    met: bool | None = None
    """Whether the goal was reached this time; `None` where there is none."""


def peak_megabytes(process: int | str = "self") -> float:
    """How much memory a process has needed at the most; what its parent needed is not counted."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1000


def table(figures: Iterable[Figure]) -> Table:
    """Set figures out for the terminal."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("measured", "here", "against", "ratio", "goal", ""):
        shown.add_column(heading, justify="right" if heading in {"here", "ratio"} else "left")
    for figure in figures:
        mark = {True: "[green]met[/green]", False: "[red]missed[/red]", None: ""}[figure.met]
        shown.add_row(figure.what, figure.measured, figure.against, f"{figure.ratio:.2f}", figure.goal, mark)
    return shown
