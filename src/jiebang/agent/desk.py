"""Desk: all that an agent works with, laid out once when it starts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from jiebang.agent.config import Budget, Clean
from jiebang.agent.connectors.contract import Connector
from jiebang.agent.hub import Hub
from jiebang.agent.ledger import Ledger
from jiebang.agent.notice import Notice
from jiebang.agent.objections import Objections
from jiebang.agent.pauses import Pauses
from jiebang.agent.signal_book import SignalBook
from jiebang.agent.spending import Spending
from jiebang.agent.tallies import Fact, Tallies
from jiebang.agent.watch import Watch
from jiebang.domain.number import Number


@dataclass(slots=True, kw_only=True)
class Desk:
    """The hub on one side, the store on the other, the ledger between them."""

    hub: Hub
    connector: Connector
    ledger: Ledger
    now: Callable[[], datetime]
    clean: Clean | None = None
    """What is done by itself about signals; `None`: nothing, and they are not even asked for."""
    canary: Number | None = None
    """The number whose records prove that the store works: no signal takes it off them."""
    notice: Notice | None = None
    """Through whom owners are told that they may object; `None` where the platform does so by itself."""
    budget: Budget = field(default_factory=Budget)
    """How much may change in the store in an hour."""
    watch: Watch | None = None
    """Whether the store is still as it was proven; `None` where nobody looks again."""
    part: int = 1000
    """How many orders are read from the ledger at a time: there may be more of them than memory holds."""
    book: SignalBook = field(init=False)
    objections: Objections = field(init=False)
    pauses: Pauses = field(init=False)
    spending: Spending = field(init=False)
    tallies: Tallies = field(init=False)
    acting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while orders are acted on: a letter that comes and a time that has come may be of one order."""
    cleaning: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while signals are acted on, for the same reason."""

    def __post_init__(self) -> None:
        """Open the parts of the ledger that are about signals, about owners, and about how much is done."""
        self.book, self.objections = SignalBook(self.ledger), Objections(self.ledger)
        self.pauses = Pauses(self.ledger)
        self.spending, self.tallies = Spending(self.ledger, self.budget), Tallies(self.ledger)

    async def believes(self, *, doubt: bool = False) -> bool:
        """Whether the store can be believed now; with a `doubt`, the canary is looked up at once."""
        if self.watch is None:
            return True
        before, was_sound = self.watch.tried_at, self.watch.why is None
        sound = await self.watch.sound(doubt=doubt)
        if sound and not was_sound:
            await self.begin_again()
        if (tried_at := self.watch.tried_at) is not None and tried_at != before:
            self.tallies.happened(Fact.CANARY, tried_at, counted=int(not sound))
        return sound

    async def begin_again(self) -> None:
        """Have all that waits for the store tried again at once: what kept it from that may be over."""
        await asyncio.to_thread(self.pauses.end)
        await asyncio.to_thread(self.book.end_pauses)
