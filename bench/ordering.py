"""How many orders a hub sees through in a second on one core, against a bare loop on the plain driver."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from bench import bare, settling
from bench.figures import Figure
from bench.town import HOLDERS, PLATFORMS, Town, built
from jiebang.domain.order import State
from jiebang.store.tables import orders
from jiebang.wire.keys import make
from tests import postgresql

_ROUNDS = 3
_GOAL = 0.5
_ORDERS = HOLDERS * PLATFORMS


@dataclass(frozen=True, slots=True)
class Taken:
    """How long something took: by the clock on the wall, and by this process's share of a core."""

    wall: float
    core: float


def measure(directory: Path) -> Iterator[Figure]:
    """Take turns on SQLite, then on a PostgreSQL that writes through to the disk; of each the best counts."""
    places = (directory / f"orders-{serial}.db" for serial in range(3 * _ROUNDS))
    yield from _compared("SQLite", fresh=lambda _: f"sqlite:///{next(places)}")
    with postgresql.server() as server:
        yield from _compared("PostgreSQL", fresh=lambda stack: stack.enter_context(server.database()))


def _compared(name: str, *, fresh: Callable[[ExitStack], str]) -> Iterator[Figure]:
    key = make()
    ours: list[Taken] = []
    theirs: dict[bool, list[Taken]] = {False: [], True: []}
    for _ in range(_ROUNDS):
        with _town(fresh) as town:
            ours.append(_timed(partial(settling.settle, town, key)))
        for receipts, taken in theirs.items():
            with _town(fresh) as town, bare.driver(town) as driver:
                taken.append(_timed(partial(bare.settle, town, key, bare=driver, receipts=receipts)))
    for part, what in (("wall", "a second"), ("core", "a second of its core")):
        for receipts, words in ((True, "with receipts checked and kept"), (False, "without receipts")):
            hub, loop = (min(getattr(one, part) for one in taken) for taken in (ours, theirs[receipts]))
            yield Figure(
                what=f"orders {what}, {name}",
                measured=f"{_ORDERS / hub:,.0f}",
                against=f"a bare loop {words}: {_ORDERS / loop:,.0f}",
                ratio=loop / hub,
                goal=f"at least {_GOAL}" if part == "wall" else "",
                met=loop / hub >= _GOAL if part == "wall" else None,
            )


@contextmanager
def _town(fresh: Callable[[ExitStack], str]) -> Iterator[Town]:
    with ExitStack() as stack:
        town = built(fresh(stack))
        stack.callback(town.database.close)
        yield town
        states = _states(town)
        if states != {State.VERIFIED.value: town.orders}:
            raise RuntimeError(f"not every order is settled: {states}")


def _states(town: Town) -> dict[str, int]:
    counted = select(orders.c.state, func.count().label("orders")).group_by(orders.c.state)
    with town.database.read() as connection:
        return {row.state: row.orders for row in connection.execute(counted)}


def _timed(run: Callable[[], settling.Elsewhere]) -> Taken:
    wall, core = time.perf_counter(), time.process_time()
    elsewhere = run()
    wall, core = time.perf_counter() - wall, time.process_time() - core
    return Taken(wall=wall - elsewhere.wall, core=core - elsewhere.core)
