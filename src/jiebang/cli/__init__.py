"""The command line: every way to start something, each with a help text that teaches."""

from collections import UserDict
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from jiebang import __version__

_ABOUT = """\
Jiebang (解绑, "to unbind"): see which platforms have records on a phone number, and have it let go.

Begin with [bold]jiebang demo[/bold]: it frees a second-hand number on two real account systems and leaves \
the portal open for you.

To run a hub: [bold]jiebang serve[/bold]. It is set up through the environment: JIEBANG_DATABASE_URL, \
JIEBANG_PUBLIC_URL, JIEBANG_KEY_FILE, JIEBANG_SMS_URL, JIEBANG_POLICY; see docs/run/hub.md.

To join a hub as a platform: [bold]jiebang key make[/bold], then [bold]jiebang agent check[/bold] and \
[bold]jiebang agent run[/bold]; see docs/run/agent.md.

To show that an agent keeps to the protocol, yours or another: [bold]jiebang conform[/bold]; see \
docs/run/conform.md.

To screen your own records for numbers that changed hands, without showing them to anybody: \
[bold]jiebang list pull[/bold], then [bold]jiebang screen[/bold]; see docs/run/list.md.
"""

_MODULES = {
    "demo": "demo", "serve": "hub", "worker": "hub", "database": "database", "key": "key", "party": "party",
    "carrier": "carrier", "stream": "stream", "agent": "agent", "list": "list", "journal": "journal",
    "evidence": "evidence", "platform": "platform", "canary": "canary", "screen": "screen",
    "conform": "conform", "sandbox": "sandbox",
}  # fmt: skip
"""In which module each command is, or the group of this name."""


class _Commands(UserDict[str, Any]):
    """Every command by its name. Its module is loaded when it is asked for: most need few libraries."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - what Typer makes of them has no public name
        group = get_group(import_module(f"jiebang.cli.{super().__getitem__(name)}").app)
        found = group.commands.get(name, group)
        found.name = name
        return found


class _Program(TyperGroup):
    def __init__(self, **told: Any) -> None:  # noqa: ANN401 - handed on as it comes
        super().__init__(**told)
        self.commands = _Commands(_MODULES)


app = typer.Typer(
    cls=_Program,
    help=_ABOUT,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)


def _tell_version(asked: bool) -> None:  # noqa: FBT001 - as Typer calls it
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _before(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Show which version this is."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command that was typed."""
    app()
