"""Orders through the hub's own flows: placed, delivered, fulfilled, looked at again, settled."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from bench.town import LETTERS, NOW, POLICY, Town
from jiebang.domain.letter import Letter
from jiebang.domain.outcome import Outcome, Said
from jiebang.flows.place_orders import place_orders
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.record_outcomes import record_outcomes
from jiebang.wire.keys import Key, public_keys
from jiebang.wire.receipts import read_receipt, sign_receipt
from jiebang.wire.tokens import Route, fingerprint, sign_letters

ISSUER = "https://hub.example"


@dataclass(slots=True)
class Elsewhere:
    """What platforms need for their receipts: not the hub's, and so not counted."""

    wall: float = 0
    core: float = 0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what is done within."""
        wall, core = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.core += time.process_time() - core


def settle(town: Town, key: Key) -> Elsewhere:
    """Place every order of a town, and see each through to its end; gives what was not the hub's work."""
    elsewhere = Elsewhere()
    for proof, wanted in town.holders:
        place_orders(town.database, proof, wanted=wanted, now=NOW, policy=POLICY)
    for platform_id in town.streams:
        letters = _poll(town, platform_id, key=key)
        while letters:
            _fulfil(town, platform_id, letters=letters, elsewhere=elsewhere)
            looks = _poll(town, platform_id, key=key, confirmed=[letter.jti for letter in letters])
            _answer(town, platform_id, letters=looks)
            letters = _poll(town, platform_id, key=key, confirmed=[letter.jti for letter in looks])
    return elsewhere


def _poll(town: Town, platform_id: str, *, key: Key, confirmed: Collection[str] = ()) -> list[Letter]:
    stream_id = town.streams[platform_id]
    handed = poll_letters(
        town.database, platform_id, poll=Poll(stream_id=stream_id, confirmed=confirmed, most=LETTERS),
        now=NOW, secret=b"",
    )  # fmt: skip
    route = Route(issuer=ISSUER, audience=platform_id, stream_id=stream_id)
    sign_letters(handed.letters, route, key=key)
    return handed.letters


def _fulfil(town: Town, platform_id: str, *, letters: Collection[Letter], elsewhere: Elsewhere) -> None:
    route = Route(issuer=ISSUER, audience=platform_id)
    with elsewhere.counted():
        key = town.keys[platform_id]
        done = [
            Outcome(
                order_id=letter.said["order_id"], said=Said.FULFILLED, at=NOW,
                letter=fingerprint(letter, route),
            )
            for letter in letters
        ]  # fmt: skip
        signed = [sign_receipt(one, platform=platform_id, hub=ISSUER, key=key) for one in done]
    # What the door does before it calls the flow.
    keys = public_keys(key.public_set())
    told = [
        read_receipt(receipt, one, keys=keys, platform=platform_id, hub=ISSUER)
        for receipt, one in zip(signed, done, strict=True)
    ]
    record_outcomes(
        town.database, platform_id, outcomes=told, fingerprint=partial(fingerprint, route=route), now=NOW,
        policy=POLICY,
    )  # fmt: skip


def _answer(town: Town, platform_id: str, *, letters: Collection[Letter]) -> None:
    nothing = [Answer(query_id=letter.said["query_id"], complete=True, bindings=()) for letter in letters]
    record_answers(town.database, platform_id, answers=nothing, now=NOW, policy=POLICY)
