"""
Watch: whether the store is still as it was proven at the start, looked at again while the agent runs.

A store can begin to lie at any time: a filter that returns nobody says that nothing is there. While the
canary is not found as it must be, nothing is answered and nothing is done: letters and orders wait.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from jiebang.agent import canary
from jiebang.agent.config import Config
from jiebang.agent.connectors.contract import Connector
from jiebang.agent.errors import StoreDown, StoreTrouble

EVERY = timedelta(seconds=30)
"""
How old a proof may be: as long as a store can say that nothing is there before the agent notices that it says
so of the canary too.
"""
AGAIN = timedelta(seconds=2)
"""How soon a proof that failed is tried again."""

words = structlog.get_logger()


class Watch:
    """The last proof on the canary, and how it went."""

    def __init__(self, config: Config, connector: Connector, *, now: Callable[[], datetime]) -> None:
        self.config = config
        self.connector = connector
        self.now = now
        self.tried_at: datetime | None = None
        self.why: str | None = None
        """Why the last proof failed; `None` where it succeeded."""
        self._looking = asyncio.Lock()

    async def sound(self, *, doubt: bool = False) -> bool:
        """Whether the store can be believed; looked up again where the last proof is old, or in doubt."""
        asked_at = self.now()
        async with self._looking:
            if self._is_old(asked_at, doubt=doubt):
                await self._look()
            return self.why is None

    def _is_old(self, asked_at: datetime, *, doubt: bool) -> bool:
        if self.tried_at is None:
            return True
        # Whoever waited for somebody else's look need not look again.
        doubted = doubt and self.why is None and self.tried_at <= asked_at
        return doubted or self.now() >= self.tried_at + (EVERY if self.why is None else AGAIN)

    async def _look(self) -> None:
        before = self.why
        try:
            await canary.prove_again(self.config, self.connector)
        except StoreDown as down:
            self.why = str(down)
            if before != self.why:
                words.warning("agent:store:down", why=self.why)
        except StoreTrouble as trouble:
            self.why = str(trouble)
            if before != self.why:
                words.error("agent:store:alarm", why=self.why)
        else:
            self.why = None
            if before is not None:
                words.info("agent:store:believed")
        self.tried_at = self.now()
