"""Orders through the hub's own flows: placed, delivered, fulfilled, looked at again, settled."""

from collections.abc import Collection

from bench.town import LETTERS, NOW, POLICY, Town
from jiebang.domain.letter import Letter
from jiebang.domain.outcome import Outcome, Said
from jiebang.flows.place_orders import place_orders
from jiebang.flows.poll_letters import Poll, poll_letters
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.record_outcomes import record_outcomes
from jiebang.wire.keys import Key
from jiebang.wire.tokens import Route, sign_letters

ISSUER = "https://hub.example"


def settle(town: Town, key: Key) -> None:
    """Place every order of a town, and see each through to its end."""
    for proof, wanted in town.holders:
        place_orders(town.database, proof, wanted=wanted, now=NOW, policy=POLICY)
    for platform_id in town.streams:
        letters = _poll(town, platform_id, key=key)
        while letters:
            _fulfil(town, platform_id, letters=letters)
            looks = _poll(town, platform_id, key=key, confirmed=[letter.jti for letter in letters])
            _answer(town, platform_id, letters=looks)
            letters = _poll(town, platform_id, key=key, confirmed=[letter.jti for letter in looks])


def _poll(town: Town, platform_id: str, *, key: Key, confirmed: Collection[str] = ()) -> list[Letter]:
    stream_id = town.streams[platform_id]
    handed = poll_letters(
        town.database, platform_id, poll=Poll(stream_id=stream_id, confirmed=confirmed, most=LETTERS),
        now=NOW, secret=b"",
    )  # fmt: skip
    route = Route(issuer=ISSUER, audience=platform_id, stream_id=stream_id)
    sign_letters(handed.letters, route, key=key)
    return handed.letters


def _fulfil(town: Town, platform_id: str, *, letters: Collection[Letter]) -> None:
    done = [Outcome(order_id=letter.said["order_id"], said=Said.FULFILLED, at=NOW) for letter in letters]
    record_outcomes(town.database, platform_id, outcomes=done, now=NOW, policy=POLICY)


def _answer(town: Town, platform_id: str, *, letters: Collection[Letter]) -> None:
    nothing = [Answer(query_id=letter.said["query_id"], complete=True, bindings=()) for letter in letters]
    record_answers(town.database, platform_id, answers=nothing, now=NOW)
