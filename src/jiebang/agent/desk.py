"""Desk: all that an agent works with, laid out once when it starts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from jiebang.agent.connectors.contract import Connector
from jiebang.agent.hub import Hub
from jiebang.agent.ledger import Ledger


@dataclass(slots=True, kw_only=True)
class Desk:
    """The hub on one side, the store on the other, the ledger between them."""

    hub: Hub
    connector: Connector
    ledger: Ledger
    now: Callable[[], datetime]
    acting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while orders are acted on: a letter that comes and a time that has come may be of one order."""
