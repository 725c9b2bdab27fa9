"""Mine or not mine: what nobody can tell, the holder says."""

from datetime import timedelta

from tests.build import NOW
from tests.portal.hub import OWN, SHOP, UNCERTAIN
from tests.portal.visitor import Reply, Visitor


def uncertain(holder: Visitor) -> str:
    """Find a record that nobody can tell."""
    path = holder.ask(SHOP)
    holder.hub.answer(path.removeprefix("/queries/"), SHOP, UNCERTAIN, OWN)
    return path


def say_mine(holder: Visitor, path: str) -> Reply:
    """Press "mine"."""
    form = holder.get(path).page.form("/choices")
    assert form is not None
    return holder.post("/choices", form.fields)


def test_mine_is_remembered_also_for_the_next_question_and_nothing_is_ordered(holder: Visitor) -> None:
    path = uncertain(holder)
    assert say_mine(holder, path).headers["location"] == path
    for address in (path, uncertain(holder)):
        assert "You have said that this is yours" in holder.get(address).words
        assert holder.get(address).page.form("/choices") is None
    assert holder.get("/orders").page.having("data-order") == []


def test_what_was_called_mine_can_still_be_called_not_mine(holder: Visitor) -> None:
    path = uncertain(holder)
    say_mine(holder, path)
    holder.hub.clock.now = NOW + timedelta(minutes=1)
    card = next(p for p in holder.get(path).page.having("data-record") if "uncertain" in str(p.attributes))
    form = holder.get(path).page.form("/orders", key="record", value=card.attributes["data-record"])
    assert form is not None
    holder.post("/orders", form.fields)
    assert "You have said that this is yours" not in holder.get(path).words
    assert "Take the number off: Placed" in holder.get(path).words


def test_of_what_is_certain_nobody_can_say_it(holder: Visitor) -> None:
    path = uncertain(holder)
    [own] = [p for p in holder.get(path).page.having("data-record") if p.attributes["data-origin"] == "own"]
    fields = [("query", path.removeprefix("/queries/")), ("record", own.attributes["data-record"])]
    reply = holder.post("/choices", [*fields, ("choice", "mine")])
    assert (reply.status, "nobody has to say it" in reply.alert) == (403, True)
    assert holder.post("/choices", [*fields, ("choice", "yours")]).status == 422
