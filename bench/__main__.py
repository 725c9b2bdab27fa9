"""`make bench`: how fast it is, beside what it could be on the same machine in the same minute."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from bench import asking, camara, changes, connectors, journal, lists, ordering, pushing, ready, signals
from bench.figures import Figure, table

_PARTS = {
    "ready": ready.measure,
    "asking": asking.measure,
    "ordering": ordering.measure,
    "changes": changes.measure,
    "journal": journal.measure,
    "camara": camara.measure,
    "signals": signals.measure,
    "pushing": pushing.measure,
    "lists": lists.measure,
    "connectors": connectors.measure,
}


def main(wanted: list[str]) -> None:
    """Measure all, or the parts that are named, and print the figures."""
    console, begun = Console(), time.perf_counter()
    figures: list[Figure] = []
    with TemporaryDirectory(prefix="jiebang-bench-") as folder:
        for part in wanted or _PARTS:
            with console.status(f"{part} …"):
                figures += _PARTS[part](Path(folder))
    console.print(table(figures))
    console.print(
        f"[dim]{time.perf_counter() - begun:.0f} s. Each ratio is of two figures of this run.[/dim]"
    )


main(sys.argv[1:])
