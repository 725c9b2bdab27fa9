"""Upkeep: what the agent does for itself: counts are kept, metrics written, the ledger is swept."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from prometheus_client import CollectorRegistry

from jiebang.agent import metrics
from jiebang.agent.config import Config
from jiebang.agent.desk import Desk
from jiebang.agent.errors import ConfigInvalid
from jiebang.agent.ledger import Ledger
from jiebang.agent.status import Status, read_status

METRICS_EVERY = timedelta(seconds=10)
"""Prometheus asks every 15 seconds at the most often, as most of its installations are set up."""
SWEPT_EVERY = timedelta(hours=1)

words = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Upkeep:
    """What is done about once a second; a `turn` at a time."""

    desk: Desk
    config: Config
    measured: CollectorRegistry
    _next: dict[str, datetime] = field(default_factory=dict)

    async def turn(self) -> bool:
        """Do what is due."""
        await asyncio.to_thread(self.desk.tallies.flush)
        if self._comes("metrics", METRICS_EVERY) and self.config.metrics.file is not None:
            await asyncio.to_thread(self._write)
        if self._comes("sweep", SWEPT_EVERY):
            await asyncio.to_thread(self.desk.ledger.sweep, self.desk.now())
            await asyncio.to_thread(self.desk.book.sweep, self.desk.now())
        return True

    def _comes(self, what: str, every: timedelta) -> bool:
        now = self.desk.now()
        due = self._next.setdefault(what, now) <= now
        if due:
            self._next[what] = now + every
        return due

    def _write(self) -> None:
        try:
            metrics.write(self.measured, self.config.metrics.file or self.config.ledger)
        except OSError as failed:
            words.error("agent:metrics:not-written", why=failed.strerror)


@contextmanager
def measuring(config: Config, ledger: Ledger, *, now: Callable[[], datetime]) -> Iterator[CollectorRegistry]:
    """Make the metrics ready, and answer for them where the configuration says so: by default nowhere."""

    def _read() -> Status:
        return read_status(ledger, config.budget, now=now())

    measured = metrics.registry(_read)
    if config.metrics.listen is None:
        yield measured
        return
    try:
        stop = metrics.listen(measured, config.metrics.listen)
    except OSError as taken:
        raise ConfigInvalid(f"metrics.listen cannot be opened: {taken.strerror}.") from None
    try:
        yield measured
    finally:
        stop()
