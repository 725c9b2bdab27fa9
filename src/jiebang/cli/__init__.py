"""The command line: every way to start something, each with a help text that teaches."""

import typer

from jiebang.cli import (
    agent,
    canary,
    carrier,
    conform,
    database,
    demo,
    evidence,
    hub,
    journal,
    key,
    party,
    platform,
    sandbox,
    screen,
    stream,
)
from jiebang.cli import list as lists

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

app = typer.Typer(
    help=_ABOUT,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)
app.add_typer(demo.app)
app.add_typer(hub.app)
app.add_typer(database.app, name="database")
app.add_typer(key.app, name="key")
app.add_typer(party.app, name="party")
app.add_typer(carrier.app, name="carrier")
app.add_typer(stream.app, name="stream")
app.add_typer(agent.app, name="agent")
app.add_typer(lists.app, name="list")
app.add_typer(journal.app, name="journal")
app.add_typer(evidence.app, name="evidence")
app.add_typer(platform.app, name="platform")
app.add_typer(canary.app, name="canary")
app.add_typer(screen.app)
app.add_typer(conform.app)
app.add_typer(sandbox.app, name="sandbox")


def main() -> None:
    """Run the command that was typed."""
    app()
