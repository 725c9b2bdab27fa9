"""The story on a terminal: calm, in order, and with a tick only behind what was checked."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.box import ROUNDED, SIMPLE_HEAD
from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Words

from jiebang.domain.number import parse
from jiebang.sandbox.gateway import Text
from jiebang.sandbox.holder import Card, Ordered
from jiebang.sandbox.story import ANOTHER, EARLIER_NAME, FRESH, PRESENT_NAME, RECYCLED, Kept, Story
from jiebang.sandbox.world import PARTIES

_WIDTH = 92
_INDENT = (0, 0, 1, 4)

_ORIGINS = {
    "inherited": ("left by an earlier holder", "yellow"),
    "uncertain": ("cannot tell whose", "magenta"),
    "own": ("yours", "green"),
}


class Telling:
    """Tells the story as it happens."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self.console.width = min(self.console.width, _WIDTH)
        self._step = 0
        self._began = time.monotonic()

    def open(self) -> None:
        """Say what will be told."""
        words = Words.from_markup(
            f"{PRESENT_NAME} has a new number, [b]{spaced(RECYCLED)}[/b]. It is not new: somebody else had it"
            " for years, and left accounts on it.\nEverything below really happens; a tick means that it was"
            " checked."
        )
        self.console.print()
        self.console.print(
            Panel(words, title="[b]解绑 Jiebang[/b] · a number set free", title_align="left", box=ROUNDED,
                  border_style="cyan", padding=(1, 2))
        )  # fmt: skip

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """Tell one step: what is being done while it is done, and a tick once it is."""
        self._step += 1
        try:
            with self.console.status(f"[dim]{doing} …[/dim]", spinner="dots"):
                yield
        except BaseException:
            self.console.print(f" [red]✗[/red] {self._step}. {doing}")
            raise
        self.console.print(f" [green]✓[/green] [b]{self._step}. {doing}[/b]")

    def text(self, text: Text) -> None:
        """Show a text as it arrives on a telephone."""
        said = Panel(
            Words(text.text), title=f"SMS to {spaced(text.to)}", title_align="left", box=ROUNDED,
            border_style="blue", expand=False,
        )  # fmt: skip
        self.console.print(Padding(said, _INDENT))

    def note(self, words: str) -> None:
        """Say a sentence about a step."""
        self.console.print(Padding(f"[dim]{words}[/dim]", _INDENT))

    def cards(self, cards: Iterable[Card]) -> None:
        """Show what the platforms have on the number, as the portal shows it."""
        table = _table("platform", "record", "known there as", "bound", "whose")
        for card in cards:
            words, colour = _ORIGINS[card.origin]
            label, bound, *_ = [*card.details.values(), "", ""]
            table.add_row(PARTIES[card.platform][1], card.kind, label, bound, f"[{colour}]{words}[/{colour}]")
        self.console.print(Padding(table, _INDENT))

    def orders(self, orders: Iterable[Ordered]) -> None:
        """Show how the orders stand."""
        table = _table("platform", "order", "how it went")
        for order in orders:
            *before, last = [state.replace("_", " ") for state in order.steps or (order.state,)]
            went = "".join(f"[dim]{state} →[/dim] " for state in before)
            table.add_row(PARTIES[order.platform][1], order.about, f"{went}[green]{last}[/green]")
        self.console.print(Padding(table, _INDENT))

    def kept(self, kept: Iterable[Kept]) -> None:
        """Show what each platform had about the earlier holder, and has."""
        table = _table("platform", "", "before", "after")
        for item in kept:
            same = item.before == item.after
            after = "[dim]the same[/dim]" if same else f"[yellow]{_plain(item.after)}[/yellow]"
            table.add_row(PARTIES[item.where][1], item.what, _plain(item.before), after)
        self.console.print(Padding(table, _INDENT))

    def end(self) -> None:
        """Say that all of it was as told."""
        took = time.monotonic() - self._began
        self.console.print(f"\n [green]✓[/green] All of it was as told, in {took:.1f} s.\n")

    def failed(self, words: str, *, where: str) -> None:
        """Say which step was not as told, and where more is to be read."""
        self.console.print(
            Panel(Words(f"{words}\n\nWhat everybody said is in {where}"), title="[b]Not as told[/b]",
                  title_align="left", box=ROUNDED, border_style="red", padding=(1, 2))
        )  # fmt: skip

    def stay(self, portal: str) -> None:
        """Say what can be tried now."""
        numbers = _table("number", "what is on it")
        numbers.add_row(spaced(ANOTHER), "second-hand: free it yourself")
        numbers.add_row(spaced(FRESH), "never had another holder")
        numbers.add_row(spaced(RECYCLED), "the number of the story, free and registered again")
        words = Words.from_markup(
            f"The portal is open: [b][link={portal}]{portal}[/link][/b]\n"
            "Codes appear in this terminal. Ctrl-C ends everything."
        )
        self.console.print(
            Panel(Group(words, "", numbers), title="[b]Now you[/b]", title_align="left", box=ROUNDED,
                  border_style="cyan", padding=(1, 2))
        )  # fmt: skip


def tell(story: Story, telling: Telling) -> None:
    """Tell the story from its first word to its last; raises `NotAsTold` where it is not so."""
    telling.open()
    with telling.step("A hub, a shop and an identity provider start, each with its own agent"):
        story.world.open()
    with telling.step("A carrier reports what became of its lines"):
        loaded = story.set_up()
    telling.note(loaded.strip())
    with telling.step(f"{PRESENT_NAME} tries to register at both, and is refused: already registered"):
        story.refused()
    with telling.step(f"{PRESENT_NAME} proves the number to the hub with a one-time code"):
        story.prove()
    with telling.step("Both platforms are asked, and answer"):
        cards = story.ask()
    telling.cards(cards)
    with telling.step("One button frees what was left behind; of the uncertain one: “not mine”"):
        story.free()
    telling.note("Its owner is heard first: in this demo they can object for 3 seconds, else for 7 days.")
    with telling.step("The platforms take the number off, and the hub looks again: verified"):
        orders = story.settle()
    telling.orders(orders)
    with telling.step(f"{PRESENT_NAME} registers at both platforms"):
        story.register()
    with telling.step(f"{EARLIER_NAME}, who had the number before, has lost nothing else"):
        kept = story.compare()
    telling.kept(kept)
    with telling.step("Whoever has a number that nobody had before sees what is their own"):
        own = story.look_at_own()
    telling.cards(own)
    with telling.step(f"{PRESENT_NAME} signs out"):
        story.sign_out()
    telling.end()


def spaced(number: str) -> str:
    """Write a number as people read it."""
    return parse(number).spelled("international")


def _table(*heads: str) -> Table:
    table = Table(box=SIMPLE_HEAD, header_style="dim", pad_edge=False, show_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item["value"]) for item in value)
    return "–" if value is None else str(value)
