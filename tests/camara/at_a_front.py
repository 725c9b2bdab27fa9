"""A holder at a front: whatever a call at `/holder/v1` can name, so that it is done and not only refused."""

from dataclasses import replace
from itertools import count
from typing import Any

from jiebang.domain.binding import OrderKind
from jiebang.domain.choice import Choice
from jiebang.domain.number import parse
from jiebang.domain.order import LIVE
from jiebang.domain.party import Party, Role
from jiebang.domain.proof import Proof
from jiebang.domain.showing import ShownBy
from jiebang.flows.add_party import add_party
from jiebang.flows.ask_platforms import ask_platforms
from jiebang.flows.believe_front import believe_front
from jiebang.flows.place_orders import Wanted, place_orders
from jiebang.flows.record_answers import Answer, record_answers
from jiebang.flows.record_choices import Decision, record_choices
from jiebang.flows.revoke_order import revoke_order
from jiebang.flows.start_proof import start_proof
from jiebang.house import House
from jiebang.store import orders, queries, sessions
from jiebang.wire import keys
from jiebang.wire.codes import code_for
from jiebang.wire.keys import public_keys
from jiebang.wire.showings import read_showing, sign_showing
from tests.build import BINDING, NUMBER, on
from tests.memory import SHOP

FRONT, KEY = "par_kiosk", keys.make()
_SERIAL = count()


def join(house: House) -> None:
    """Let the front join."""
    party = Party(id=FRONT, role=Role.FRONT, name="南风自助机", jwks=KEY.public_set())
    add_party(house.database, party, now=house.now())


def there(house: House) -> dict[str, Any]:
    """Give what a good call can name, by the names under which it does; all of it is new."""
    word = _word(house)
    showing = read_showing(
        word, public_keys(KEY.public_set()), front_id=FRONT, audience=house.issuer, now=house.now(),
        longest=house.policy.assertion_life,
    )  # fmt: skip
    token = believe_front(house.database, showing, now=house.now())
    with house.database.read() as connection:
        proof = sessions.find(connection, token, front_id=FRONT)
    query_id, (first, second, own) = _found(house, proof)
    # All is decided, so that it can be stated; to decide again changes nothing in that.
    decided = [Decision(own, Choice.KEPT)]
    record_choices(
        house.database, proof, decided=decided, now=house.now(), policy=house.policy,
        secret=house.number_secret,
    )  # fmt: skip
    wanted = [Wanted(first, OrderKind.UNBIND)]
    order = place_orders(house.database, proof, wanted=wanted, now=house.now(), policy=house.policy)[0]
    # Each time another number, since only a few codes are sent to one.
    number = parse(f"+86137001{next(_SERIAL):05}")
    begun = start_proof(house.database, number, now=house.now(), policy=house.policy, front_id=FRONT)
    return {
        "Jiebang-Proof": token, "assertion": _word(house), "query_id": query_id, "order_id": order.id,
        "proof_id": begun.id, "code": code_for(begun.id, secret=house.key.secret("codes")),
        "number": NUMBER.e164, "platforms": [SHOP], "orders": [{"record": second, "kind": "unbind"}],
        "choices": [{"record": own, "choice": "kept"}],
    }  # fmt: skip


def take_all_back(house: House, token: str) -> None:
    """Take every order back that is open: only then can it be stated that nothing is left."""
    with house.database.read() as connection:
        proof = sessions.find(connection, token, front_id=FRONT)
        placed = orders.of_number(connection, NUMBER)
    for order in placed:
        if order.state in LIVE:
            revoke_order(house.database, proof, order_id=order.id, now=house.now(), policy=house.policy)


def _word(house: House) -> str:
    now, by = house.now(), ShownBy.IN_PERSON
    return sign_showing(FRONT, house.issuer, number=NUMBER, shown_by=by, key=KEY, now=now)


def _found(house: House, proof: Proof) -> tuple[str, list[str]]:
    query = ask_platforms(house.database, proof, platform_ids=[SHOP], now=house.now(), policy=house.policy)
    dates = (BINDING.bound, BINDING.bound, on(2026, 6, 18))
    told = [replace(BINDING, handle=f"account-{next(_SERIAL):09}", bound=bound) for bound in dates]
    answer = Answer(query_id=query.id, complete=True, bindings=tuple(told))
    record_answers(house.database, SHOP, answers=[answer], now=house.now(), policy=house.policy)
    with house.database.read() as connection:
        return query.id, [one.id for one in queries.found(connection, query.id)]
