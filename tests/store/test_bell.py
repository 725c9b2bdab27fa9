"""Whoever waits for a letter is woken by it, and by no other."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import pytest

from jiebang.store import mailbox, proofs, texts
from jiebang.store.bell import Bell
from jiebang.store.database import Database
from tests.build import NOW, PROOF

LONG, SHORT = 10.0, 0.02


def ring_from_a_thread(bell: Bell, *names: str) -> None:
    """Ring as another thread does, which writes."""
    thread = Thread(target=bell.ring, args=(names,))
    thread.start()
    thread.join()


def test_who_waits_is_woken_from_any_thread() -> None:
    async def wait() -> bool:
        bell = Bell()
        with bell.listen("a") as listener:
            heard = asyncio.create_task(listener.heard(LONG))
            await asyncio.sleep(0)
            ring_from_a_thread(bell, "b", "a")
            return await heard

    assert asyncio.run(wait())


def test_another_name_wakes_nobody() -> None:
    async def wait() -> bool:
        bell = Bell()
        with bell.listen("a") as listener:
            ring_from_a_thread(bell, "b")
            return await listener.heard(SHORT)

    assert not asyncio.run(wait())


def test_what_rings_between_the_look_and_the_wait_is_heard_once() -> None:
    async def wait() -> list[bool]:
        bell = Bell()
        with bell.listen("a") as listener:
            bell.ring(["a"])
            bell.ring(["a"])
            return [await listener.heard(LONG), await listener.heard(SHORT)]

    assert asyncio.run(wait()) == [True, False]


def test_everybody_who_waits_for_a_name_is_woken() -> None:
    async def wait() -> list[bool]:
        bell = Bell()
        with bell.listen("a") as one, bell.listen("a") as other:
            bell.ring(["a"])
            return [await one.heard(LONG), await other.heard(LONG)]

    assert asyncio.run(wait()) == [True, True]


@pytest.mark.parametrize("turns", range(5))
def test_who_is_told_to_stop_stops_even_when_it_rings_at_that_moment(turns: int) -> None:
    async def wait() -> bool:
        bell = Bell()
        with bell.listen("a") as listener:
            heard = asyncio.create_task(listener.heard(LONG))
            await asyncio.sleep(0.01)
            bell.ring(["a"])
            for _ in range(turns):
                await asyncio.sleep(0)
            told_in_time = heard.cancel()
            await asyncio.gather(heard, return_exceptions=True)
            return heard.cancelled() is told_in_time

    assert asyncio.run(wait())


def test_who_has_left_is_forgotten_and_disturbs_nobody() -> None:
    bell = Bell()

    async def listen() -> None:
        with bell.listen("a"):
            pass

    asyncio.run(listen())
    assert bell._waiting == {}
    bell.ring(["a"])


def test_a_loop_that_has_ended_disturbs_nobody() -> None:
    bell = Bell()

    async def forget() -> None:
        bell.enter("a", (asyncio.get_running_loop(), asyncio.Event()))

    asyncio.run(forget())
    bell.ring(["a"])


def left(database: Database) -> None:
    """Leave a text and a letter."""
    with database.write() as connection:
        proofs.keep(connection, PROOF)
        texts.leave_code(connection, PROOF, good_until=NOW)


def undone(database: Database) -> None:
    """Leave a text, and undo it."""
    with suppress(KeyError), database.write() as connection:
        proofs.keep(connection, PROOF)
        texts.leave_code(connection, PROOF, good_until=NOW)
        raise KeyError


def only_read(database: Database) -> None:
    """Write nothing that anybody waits for."""
    with database.write() as connection:
        mailbox.leave(connection, [])


@pytest.mark.parametrize(("doing", "rings"), [(left, True), (undone, False), (only_read, False)])
def test_the_bell_rings_for_what_is_kept_and_nothing_else(
    database: Database, doing: Callable[[Database], None], *, rings: bool
) -> None:
    async def wait() -> bool:
        with database.bell.listen(texts.TEXTS) as listener:
            await asyncio.to_thread(doing, database)
            return await listener.heard(LONG if rings else SHORT)

    assert asyncio.run(wait()) is rings
