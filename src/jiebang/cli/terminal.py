"""What the commands share: where they write, how they refuse, and how logs look."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import structlog
import typer
from rich.console import Console
from structlog.typing import Processor

out = Console()
err = Console(stderr=True)


def refuse(sentence: str) -> NoReturn:
    """End the command with a sentence that says what to do, and exit code 2."""
    err.print(f"[red]{sentence}[/red]", highlight=False)
    raise typer.Exit(2)


@contextmanager
def bar(said: str, total: float = 1.0) -> Iterator[Callable[[float], None]]:
    """Show on a terminal how far long work has come, out of `total`, as what is given hears it."""
    from rich.progress import Progress

    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        going = progress.add_task(said, total=total)
        yield lambda come: progress.update(going, completed=come)


def speak_json(*first: Processor) -> None:
    """Write logs as one JSON object a line, to standard error; what is given looks at each line first."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            *first,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
