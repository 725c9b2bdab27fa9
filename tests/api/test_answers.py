"""Answers: each judged on its own, the same again changes nothing, and nobody answers for somebody else."""

from typing import Any

from sqlalchemy import select

from jiebang.domain.order import State
from jiebang.store import orders, queries
from jiebang.store.tables import asked
from jiebang.wire.tokens import read_letter
from tests.api.asking import RECORD, answer, ask, order, outcome, signed
from tests.api.hub import ISSUER, SHOP, SOCIAL, Hub
from tests.build import NUMBER
from tests.memory import unchanged


def tell(hub: Hub, *answers: dict[str, Any], by: str = SHOP) -> list[dict[str, Any]]:
    """Send a batch of answers and read how each fared."""
    told = hub.call("POST", "/platform/v1/answers", {"answers": answers}, by=by)
    assert told.status_code == 200
    return list(told.json()["results"])


def test_an_answer_is_recorded_with_what_the_platform_says_of_its_records(hub: Hub) -> None:
    query_id = ask(hub)
    more = {"last_used": "2024-02-03T04:05:06Z", "other_logins": 2, "conditions": ["Spend your points."]}
    fared = tell(hub, answer(query_id, RECORD | more))
    assert fared == [{"query_id": query_id, "status": "recorded"}]
    with hub.house.database.read() as connection:
        (found,) = queries.found(connection, query_id)
        (stands,) = queries.asked(connection, query_id)
    assert (found.platform_id, found.binding.handle, found.binding.label) == (SHOP, "account-1", "李**")
    assert (found.binding.other_logins, found.binding.conditions) == (2, ("Spend your points.",))
    assert stands.answered_at is not None


def test_the_same_answer_again_changes_nothing(hub: Hub) -> None:
    query_id = ask(hub)
    tell(hub, answer(query_id, RECORD))
    with unchanged(hub.house.database):
        again = tell(hub, answer(query_id, RECORD), answer(query_id, RECORD | {"handle": "account-2"}))
    assert [one["status"] for one in again] == ["already", "already"]


def test_an_answer_may_come_in_parts_until_it_is_complete(hub: Hub) -> None:
    query_id = ask(hub)
    tell(hub, answer(query_id, RECORD, complete=False))
    tell(hub, answer(query_id, RECORD, RECORD | {"handle": "account-2"}))
    with hub.house.database.read() as connection:
        handles = [found.binding.handle for found in queries.found(connection, query_id)]
    assert handles == ["account-1", "account-2"]


def test_each_item_of_a_batch_is_judged_on_its_own_in_its_order(hub: Hub) -> None:
    first, second = ask(hub), ask(hub)
    fared = tell(hub, answer(first), answer("qry_none"), answer(second, RECORD), answer(first))
    assert [one["query_id"] for one in fared] == [first, "qry_none", second, first]
    assert [one["status"] for one in fared] == ["recorded", "refused", "recorded", "already"]
    assert fared[1]["refusal"] == {"code": "not_asked", "title": "This question was not put to you."}


def test_nobody_answers_a_question_that_was_put_to_somebody_else(hub: Hub) -> None:
    query_id = ask(hub, SOCIAL)
    hub.token(SHOP)
    with unchanged(hub.house.database):
        (fared,) = tell(hub, answer(query_id, RECORD))
    assert (fared["status"], fared["refusal"]["code"]) == ("refused", "not_asked")


def test_a_question_to_two_is_answered_by_each_for_itself(hub: Hub) -> None:
    query_id = ask(hub, SHOP, SOCIAL)
    tell(hub, answer(query_id, RECORD), by=SOCIAL)
    with hub.house.database.read() as connection:
        answered = select(asked.c.platform_id).where(asked.c.answered_at.is_not(None))
        assert connection.scalars(answered).all() == [SOCIAL]


def test_nothing_to_tell_is_an_answer_and_an_empty_batch_is_none(hub: Hub) -> None:
    assert tell(hub) == []
    assert tell(hub, answer(ask(hub)))[0]["status"] == "recorded"


def test_the_hubs_second_look_settles_the_order(hub: Hub) -> None:
    placed, stream_id = order(hub), hub.stream()
    hub.call("POST", "/platform/v1/outcomes", {"outcomes": [signed(hub, outcome(placed.id))]})
    sets = hub.poll(stream_id)["sets"].values()
    letters = [read_letter(token, hub.house.keys, issuer=ISSUER, audience=SHOP) for token in sets]
    looks = [letter.said["query_id"] for letter in letters if "query_id" in letter.said]
    tell(hub, *(answer(query_id) for query_id in looks))
    with hub.house.database.read() as connection:
        assert orders.get(connection, placed.id, number=NUMBER).state is State.VERIFIED
