"""A holder says "mine" of what nobody can tell: it is remembered for the tenure, and nothing else happens."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from jiebang.domain.binding import BoundSource, OrderKind
from jiebang.domain.choice import Choice, Chosen, NotInDoubt
from jiebang.domain.errors import NotCertain, NothingTicked, ProofStale, UnknownBinding
from jiebang.domain.number import keyed
from jiebang.domain.proof import Proof
from jiebang.domain.span import Span
from jiebang.flows.record_choices import Decision, record_choices
from jiebang.store import choices
from jiebang.store.database import Database
from tests.build import BINDING, NOW, NUMBER, OTHER_NUMBER, POLICY, on
from tests.flows.holder import answered, known, place, proven
from tests.memory import SHOP, changed, picture, unchanged

SECRET = b"secret"
UNCERTAIN = replace(BINDING, handle="either", bound=Span(None, NOW), bound_source=BoundSource.UNKNOWN)
OWN = replace(BINDING, handle="new", bound=on(2026, 6, 18))
HOUR = timedelta(hours=1)


@pytest.fixture
def holder(database: Database) -> Proof:
    """Prove a number whose history is known."""
    known(database)
    return proven(database)


def decide(database: Database, proof: Proof, *binding_ids: str, after: timedelta = timedelta(0)) -> None:
    """Say of records that they are mine."""
    decided = [Decision(one, Choice.MINE) for one in binding_ids]
    record_choices(database, proof, decided=decided, now=NOW + after, policy=POLICY, secret=SECRET)


def remembered(database: Database, since: timedelta | None = None) -> dict[tuple[str, str], Chosen]:
    """Read what is remembered of the number."""
    with database.read() as connection:
        own = keyed(NUMBER, secret=SECRET)
        return choices.of_number(connection, own, since=None if since is None else NOW + since)


def test_mine_is_remembered_and_nothing_is_ordered(database: Database, holder: Proof) -> None:
    [record] = answered(database, holder, UNCERTAIN)
    before = picture(database)
    decide(database, holder, record.id)
    assert changed(before, picture(database)) == {"choices", "journal"}
    assert remembered(database) == {
        (SHOP, "either"): Chosen(platform_id=SHOP, handle="either", choice=Choice.MINE, at=NOW)
    }


def test_what_is_remembered_does_not_hold_the_number(database: Database, holder: Proof) -> None:
    decide(database, holder, answered(database, holder, UNCERTAIN)[0].id)
    kept = picture(database)
    for row in kept["choices"] + kept["journal"]:
        assert NUMBER.e164[3:] not in row
    said = [json.loads(json.loads(row)["entry"]) for row in kept["journal"]]
    [entry] = [one for one in said if one["what"] == "choice:made"]
    assert (entry["by"], entry["choice"], "either" in str(entry)) == ("holder", "mine", False)


def test_to_say_it_again_changes_only_when_it_was_said(database: Database, holder: Proof) -> None:
    [record] = answered(database, holder, UNCERTAIN)
    decide(database, holder, record.id)
    decide(database, replace(holder, proven_at=NOW + HOUR), record.id, after=HOUR)
    assert [one.at for one in remembered(database).values()] == [NOW + HOUR]


def test_of_two_words_about_one_record_the_last_stands(database: Database, holder: Proof) -> None:
    (first,), (again,) = (answered(database, holder, UNCERTAIN) for _ in range(2))
    decided = [
        Decision(again.id, Choice.KEPT),
        Decision(first.id, Choice.MOVED),
        Decision(again.id, Choice.MINE),
    ]
    record_choices(database, holder, decided=decided, now=NOW, policy=POLICY, secret=SECRET)
    assert [one.choice for one in remembered(database).values()] == [Choice.MINE]


def test_the_next_holder_is_shown_no_choice_of_the_earlier_one(database: Database, holder: Proof) -> None:
    decide(database, holder, answered(database, holder, UNCERTAIN)[0].id)
    assert len(remembered(database, timedelta(0))) == 1
    assert remembered(database, HOUR) == {}


def test_what_was_called_mine_can_still_not_be_closed(database: Database, holder: Proof) -> None:
    [record] = answered(database, holder, UNCERTAIN)
    decide(database, holder, record.id)
    with unchanged(database), pytest.raises(NotCertain):
        place(database, holder, record, kind=OrderKind.DEREGISTER)


@pytest.mark.parametrize("told", [BINDING, OWN])
def test_what_the_dates_show_nobody_has_to_say(database: Database, holder: Proof, told: object) -> None:
    either, certain = answered(database, holder, UNCERTAIN, told)  # type: ignore[arg-type]  # a binding
    with unchanged(database), pytest.raises(NotInDoubt):
        decide(database, holder, either.id, certain.id)


def test_only_ones_own_results_can_be_decided_about(database: Database, holder: Proof) -> None:
    [record] = answered(database, holder, UNCERTAIN)
    stranger = proven(database, OTHER_NUMBER)
    for proof, wanted, refusal in (
        (stranger, [record.id], UnknownBinding),
        (holder, ["bnd_none"], UnknownBinding),
        (holder, [], NothingTicked),
        (replace(holder, proven_at=None), [record.id], ProofStale),
    ):
        with unchanged(database), pytest.raises(refusal):
            decide(database, proof, *wanted)
