"""A holder comes through their carrier's app, and their number is set free on two account systems."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jiebang.domain.showing import ShownBy
from jiebang.sandbox.front import Front
from jiebang.sandbox.holder import Holder
from jiebang.sandbox.story import RECYCLED, Story, prove
from jiebang.sandbox.web import Reply
from jiebang.sandbox.world import APP, COUNTER, IDENTITY, SHOP, Plan, World, opened


@pytest.fixture
def story(tmp_path: Path, database_url: str) -> Iterator[Story]:
    """Open a world in which a number was recycled."""
    with opened(Plan(directory=tmp_path / "world", database_url=database_url)) as world:
        story = Story(world)
        story.set_up()
        yield story


def app(world: World, front_id: str = APP, folder: str = "app") -> Front:
    """Open the carrier's app, or stand at its counter."""
    return Front(world.public_url, front_id, key=world.plan.directory / folder / "agent-key.json")


def why(reply: Reply) -> tuple[int, str]:
    """Say how a call was refused."""
    return reply.status, reply.json()["code"]


def test_a_number_is_set_free_through_the_carriers_app_and_registers_again(story: Story) -> None:
    story.refused()
    front = app(story.world)
    sent = len(story.world.gateway.texts)
    proof_id = front.ask_code(RECYCLED)
    front.tell_code(proof_id, story.world.gateway.next_code(RECYCLED, after=sent))
    records = front.await_answers(front.ask())
    assert sorted((one["platform"]["id"], one["origin"]) for one in records) == [
        (SHOP, "inherited"), (SHOP, "inherited"), (IDENTITY, "uncertain"),
    ]  # fmt: skip
    front.order(records)
    orders = front.await_orders()
    assert [order["state"] for order in orders] == ["verified"] * 3
    assert {order["placed_through"] for order in orders} == {"山河掌厅"}
    story.register()
    story.compare()
    holder = Holder(story.world.public_url)
    prove(holder, story.world, number=RECYCLED)
    told = [part.text for part in holder.visit("/orders").having("class")]
    assert told.count("通过“山河掌厅”提交") == 3


def test_what_one_front_was_given_opens_nothing_at_another(story: Story) -> None:
    front, counter = app(story.world), app(story.world, COUNTER, "counter")
    front.vouch(RECYCLED, ShownBy.NETWORK)
    query_id = front.ask([SHOP])
    records = front.await_answers(query_id)
    counter.proof = front.proof
    assert why(counter.reply("GET", f"/queries/{query_id}")) == (403, "not_your_proof")
    counter.vouch(RECYCLED, ShownBy.IN_PERSON)
    counter.order(records[:1])
    (order,) = front.await_orders()
    assert (order["state"], order["placed_through"]) == ("verified", "山河营业厅")
    front.leave()
    assert why(front.reply("GET", "/orders")) == (403, "not_your_proof")
    assert counter.call("GET", "/orders")["orders"] == [order]
