"""Upkeep: what the agent does for itself: counts are kept, metrics written, the canary is tried again."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from prometheus_client import CollectorRegistry

from jiebang.agent import canary, metrics
from jiebang.agent.config import Config
from jiebang.agent.desk import Desk
from jiebang.agent.errors import ConfigInvalid
from jiebang.agent.ledger import Ledger
from jiebang.agent.status import Status, read_status
from jiebang.agent.tallies import Fact

METRICS_EVERY = timedelta(seconds=10)
"""Prometheus asks every 15 seconds at the most often, as most of its installations are set up."""
CANARY_EVERY = timedelta(hours=1)
"""A store's schema is changed while the agent runs; nobody should learn of it from the first holder."""
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
        if self._comes("canary", CANARY_EVERY, at_once=False):
            await self._try_canary()
        return True

    def _comes(self, what: str, every: timedelta, *, at_once: bool = True) -> bool:
        now = self.desk.now()
        due = self._next.setdefault(what, now if at_once else now + every) <= now
        if due:
            self._next[what] = now + every
        return due

    def _write(self) -> None:
        try:
            metrics.write(self.measured, self.config.metrics.file or self.config.ledger)
        except OSError as failed:
            words.error("agent:metrics:not-written", why=failed.strerror)

    async def _try_canary(self) -> None:
        proofs = [proven async for proven in canary.prove_store(self.config, self.desk.connector)]
        failed = [proven for proven in proofs if proven.verdict is canary.Verdict.FAILED]
        self.desk.tallies.happened(Fact.CANARY, self.desk.now(), counted=len(failed))
        for proven in failed:
            words.error("agent:canary:failed", claim=proven.claim, why=proven.words)


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
