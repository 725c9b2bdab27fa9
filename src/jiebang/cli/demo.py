"""`jiebang demo`: a second-hand number is set free before your eyes."""

import shutil
import signal
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from jiebang.sandbox.telling import Telling

app = typer.Typer()

_PREFERRED_PORT = 8000
_INTERRUPTED = 130
_LOOK_SECONDS = 0.5
"""What shells expect of a command that Ctrl-C has ended."""


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the story, also on a terminal.")] = False,
    directory: Annotated[Path, typer.Option(help="Where the demo's files go while it runs.")] = Path(
        "var/demo"
    ),
) -> None:
    """
    Set a second-hand number free, on two real account systems.

    Starts a hub, a shop, an identity provider and their agents on this machine, and walks the whole
    story. Every step is checked: the command fails, and says which step, when one is not as told.
    Then the portal stays open for you, until Ctrl-C; without a terminal it ends with the story.
    """
    from jiebang.sandbox.program import NotAsTold, free_port
    from jiebang.sandbox.story import Story
    from jiebang.sandbox.telling import Telling, tell
    from jiebang.sandbox.world import Plan, World

    directory.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="run-", dir=directory)).absolute()
    # Also where a shell has it ignored, as for what is started in the background.
    for told in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(told, _interrupt)
    telling = Telling()
    plan = Plan(directory=place, hub_port=free_port(_PREFERRED_PORT), policy={"objection": "PT3S"})
    try:
        with closing(World(plan, shown=telling.text)) as world:
            tell(Story(world), telling)
            if not once and sys.stdout.isatty():
                _stay(telling, world.public_url)
    except NotAsTold as failed:
        telling.failed(str(failed), where=str(place / "logs"))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None
    shutil.rmtree(place)


def _stay(telling: "Telling", portal: str) -> None:
    """Leave everything running until somebody ends it."""
    ended = threading.Event()
    try:
        telling.stay(portal)
        # Not for ever at once: a signal that comes just before a wait begins is seen when the wait ends.
        while not ended.wait(_LOOK_SECONDS):
            pass
    except KeyboardInterrupt:
        telling.console.print("\n[dim]Everything is ended.[/dim]")


def _interrupt(*_: object) -> NoReturn:
    """End as Ctrl-C does, so that no process stays behind."""
    raise KeyboardInterrupt
