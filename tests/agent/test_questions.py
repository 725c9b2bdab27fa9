"""Questions are answered from the store, and confirmed when the hub has the answer."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from jiebang.agent.dispatch import deal_with
from jiebang.agent.errors import HubDown
from jiebang.agent.mailbox import Mailbox
from jiebang.agent.tallies import Tally
from jiebang.domain.letter import Event
from tests.agent.conftest import DeskOpener
from tests.agent.pretender import Pretender
from tests.agent.shop import Shop
from tests.agent.test_orders import turn

pytestmark = pytest.mark.anyio


async def test_a_question_is_answered_with_what_the_store_has(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    shop.add(7, phone="13800138000", nickname="小明同学", phone_bound_at="2021-03-04", email="x@example.com")
    pretender.ask("qry_1")
    async with desk_of() as desk:
        await turn(desk)
    assert pretender.answers == [{
        "query_id": "qry_1", "complete": True, "bindings": [{
            "handle": "account-7", "kind": "account", "label": "小***", "class": "shopping",
            "bound": {"at": "2021-03-04T00:00:00+08:00", "precision": "day", "source": "native"},
            "last_used": None, "other_logins": 1, "can": ["deregister", "unbind"], "conditions": [],
        }],
    }]  # fmt: skip


async def test_nothing_found_is_an_answer(desk_of: DeskOpener, pretender: Pretender) -> None:
    jti = pretender.ask()
    async with desk_of() as desk:
        await turn(desk)
    assert pretender.answers == [{"query_id": "qry_1", "complete": True, "bindings": []}]
    assert pretender.confirmed == [jti]


async def test_many_questions_go_out_in_one_batch(desk_of: DeskOpener, pretender: Pretender) -> None:
    for serial in range(60):
        pretender.ask(f"qry_{serial}")
    async with desk_of() as desk:
        assert len((await turn(desk)).done) == 60
    assert {answer["query_id"] for answer in pretender.answers} == {f"qry_{serial}" for serial in range(60)}


async def test_a_question_that_comes_again_is_answered_again(
    desk_of: DeskOpener, pretender: Pretender
) -> None:
    pretender.ask()
    async with desk_of() as desk:
        for _ in range(2):
            await deal_with((await Mailbox(desk.hub).poll()).letters, desk)
    assert [answer["query_id"] for answer in pretender.answers] == ["qry_1", "qry_1"]


async def test_an_answer_that_the_hub_refuses_counts_as_given(
    desk_of: DeskOpener, pretender: Pretender
) -> None:
    pretender.refused["qry_1"] = "not_asked"
    jti = pretender.ask()
    async with desk_of() as desk:
        with capture_logs() as lines:
            assert (await turn(desk)).done == [jti]
    assert {
        "event": "agent:answer:refused",
        "query": "qry_1",
        "code": "not_asked",
        "log_level": "warning",
    } in lines


async def test_an_answer_that_the_hub_cannot_read_is_complained_of_and_counted(
    desk_of: DeskOpener, pretender: Pretender
) -> None:
    pretender.refused["qry_1"] = "not_understood"
    jti, other = pretender.ask(), pretender.ask("qry_2")
    async with desk_of() as desk:
        dealt = await turn(desk)
        desk.tallies.flush()
        counted = desk.tallies.totals()
        assert (counted[Tally.QUESTION, "misread"], counted[Tally.QUESTION, "answered"]) == (1, 1)
    assert (dealt.done, list(dealt.complaints)) == ([other], [jti])


async def test_an_answer_that_could_not_be_sent_is_not_confirmed(
    desk_of: DeskOpener, pretender: Pretender
) -> None:
    pretender.ask()
    async with desk_of() as desk:
        letters = (await Mailbox(desk.hub).poll()).letters
        pretender.troubles = [500]
        with pytest.raises(HubDown):
            await deal_with(letters, desk)
        assert len((await turn(desk)).done) == 1


async def test_while_the_store_is_down_questions_are_not_confirmed(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    pretender.ask()
    shop.run("alter table customer rename to elsewhere")
    async with desk_of() as desk:
        dealt = await turn(desk)
    assert (dealt.done, dealt.complaints, pretender.answers) == ([], {}, [])
    assert len(pretender.mailbox) == 1


async def test_too_many_records_are_answered_with_nothing_but_a_complaint(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    for row in range(4):
        shop.consent(row, "13800138000")
    jti = pretender.ask()
    async with desk_of() as desk:
        with capture_logs() as lines:
            await turn(desk)
    assert (pretender.answers, pretender.complaints[jti]["err"]) == ([], "invalid_request")
    assert any("most_records" in str(line.get("why")) for line in lines)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Event.BINDINGS_ASKED, {}),
        (Event.BINDINGS_ASKED, {"query_id": 5}),
        (Event.UNBIND_ORDERED, {"order_id": "ord_1"}),
        (Event.UNBIND_ORDERED, {"order_id": "ord_1", "handle": ""}),
        (Event.UNBIND_ORDERED, {"order_id": "ord_1", "handle": "account-7", "object_until": "soon"}),
        (Event.UNBIND_ORDERED, {"order_id": "ord_1", "handle": "account-7", "object_until": "2026-03-04"}),
        (Event.UNBIND_ORDERED, {"order_id": "ord_1", "handle": "account-7", "attempt": 0}),
        (Event.UNBIND_ORDERED, {"order_id": "ord_1", "handle": "account-7", "attempt": True}),
        (Event.ORDER_OVERDUE, {"order_id": "ord_1", "handle": "account-7"}),
        (Event.ORDER_OVERDUE, {"order": "unhinge", "order_id": "ord_1", "handle": "account-7"}),
        (Event.ORDER_REVOKED, {"order_id": None}),
        (Event.ORDER_REVOKED, {"order_id": "ord_1", "attempt": "2"}),
    ],
)
async def test_a_letter_that_does_not_say_what_it_must_is_complained_of(
    desk_of: DeskOpener, pretender: Pretender, event: Event, said: dict[str, object]
) -> None:
    jti, good = pretender.leave(event, said), pretender.ask()
    async with desk_of() as desk:
        dealt = await turn(desk)
    assert (dealt.done, pretender.complaints[jti]["err"]) == ([good], "invalid_request")
    assert (pretender.outcomes, pretender.mailbox) == ([], {})


async def test_a_letter_without_a_number_is_complained_of(desk_of: DeskOpener, pretender: Pretender) -> None:
    jti = pretender.leave(Event.BINDINGS_ASKED, {"query_id": "qry_1"}, number=None)
    async with desk_of() as desk:
        await turn(desk)
    assert pretender.complaints[jti]["err"] == "invalid_request"


async def test_what_the_framework_says_is_confirmed(desk_of: DeskOpener, pretender: Pretender) -> None:
    jti = pretender.leave(Event.VERIFICATION, {"state": "x"}, number=None)
    async with desk_of() as desk:
        assert (await turn(desk)).done == [jti]


async def test_one_answer_that_the_hub_cannot_read_does_not_hold_up_the_others(
    desk_of: DeskOpener, pretender: Pretender
) -> None:
    misread, read = pretender.ask("qry_1"), pretender.ask("qry_2")
    async with desk_of() as desk:
        letters = (await Mailbox(desk.hub).poll()).letters
        pretender.troubles = [422, 422]
        dealt = await deal_with(letters, desk)
    assert (dealt.done, list(dealt.complaints)) == ([read], [misread])
    assert [answer["query_id"] for answer in pretender.answers] == ["qry_2"]


async def test_half_a_character_in_a_letter_is_complained_of_and_stops_nothing(
    desk_of: DeskOpener, pretender: Pretender, shop: Shop
) -> None:
    shop.add(7, phone="13800138000")
    pretender.order("ord_1", "account-7")
    async with desk_of() as desk:
        [letter] = (await Mailbox(desk.hub).poll()).letters
        # Another hub may write one; ours refuses to.
        broken = replace(letter, jti="set_broken", said={**letter.said, "handle": "account-7\ud800"})
        dealt = await deal_with([broken, letter], desk)
    assert (list(dealt.complaints), dealt.done, shop.changes(7)) == (["set_broken"], [letter.jti], 1)
