"""Whoever asks for too much at the portal is told so, and until when; the same for every number."""

from dataclasses import replace

import pytest

from jiebang.app import create
from tests.portal.hub import INHERITED, SHOP, Hub
from tests.portal.test_orders import found
from tests.portal.visitor import Visitor


def limited(hub: Hub, **limits: int) -> Hub:
    """Make the hub's policy stricter."""
    house = replace(hub.house, policy=replace(hub.house.policy, **limits))  # type: ignore[arg-type]  # all are int
    return replace(hub, house=house, app=create(house))


def asks(visitor: Visitor, number: str) -> int:
    """Ask for a code."""
    return visitor.post("/proofs", [("number", number)]).status


@pytest.mark.parametrize("neighbour", ["8.8.8.8", "::ffff:8.8.8.8"])
def test_one_address_asks_for_so_many_codes_whatever_the_numbers(hub: Hub, neighbour: str) -> None:
    hub = limited(hub, codes_per_address=2)
    visitor = Visitor(hub, address="8.8.8.8")
    came = [asks(visitor, f"+861380013805{at}") for at in range(3)]
    assert came == [303, 303, 429]
    assert asks(Visitor(hub, address=neighbour), "+8613800138055") == 429
    assert asks(Visitor(hub, address="8.8.4.4"), "+8613800138055") == 303


def test_a_home_of_ipv6_is_one_address(hub: Hub) -> None:
    hub = limited(hub, codes_per_address=1)
    came = [asks(Visitor(hub, address=f"2001:4860:0:{at // 2}::{at}"), "+8613800138055") for at in range(3)]
    assert came == [303, 429, 303]


def test_a_proxy_that_does_not_say_for_whom_it_asks_is_not_everyone(hub: Hub) -> None:
    hub = limited(hub, codes_per_address=1)
    assert [asks(Visitor(hub, address="10.0.0.1"), f"+861380013805{at}") for at in range(3)] == [303] * 3


def test_a_holder_asks_so_often_a_day(hub: Hub) -> None:
    holder = Visitor(limited(hub, queries_per_day=1)).prove()
    holder.ask(SHOP)
    reply = holder.post("/queries", [("platform", SHOP)])
    assert (reply.status, "too often in a short while" in reply.alert) == (429, True)
    assert "You can try again at" in reply.alert


def test_a_holder_orders_so_much_a_day(hub: Hub) -> None:
    holder = Visitor(limited(hub, orders_per_day=1)).prove()
    path = found(holder, INHERITED, replace(INHERITED, handle="another"))
    reply = holder.order(path)
    assert (reply.status, "too often in a short while" in reply.alert) == (429, True)
    assert holder.get("/orders").page.having("data-order") == []


def test_a_holder_takes_so_much_evidence_along_a_day(hub: Hub) -> None:
    holder = Visitor(limited(hub, evidence_per_day=1)).prove()
    holder.order(found(holder, INHERITED))
    assert holder.get("/orders/evidence.json").status == 200
    reply = holder.get("/orders/evidence.pdf")
    assert (reply.status, "too often in a short while" in reply.alert) == (429, True)
