"""A SIM that was changed lately, or of which nobody can be heard, stops what cannot be undone."""

from datetime import datetime, timedelta

import pytest

from jiebang.domain.sim import NOBODY, SILENT, Heard, Sim, SimChange, SimSwapped, SimUnchecked
from tests.build import NOW, POLICY

TICK = timedelta(microseconds=1)
AGO = NOW - POLICY.sim_swap


@pytest.mark.parametrize(
    ("sim", "change"),
    [
        (NOBODY, SimChange.NOT_ASKED),
        (SILENT, SimChange.NOT_POSSIBLE),
        (Sim(Heard.TOLD), SimChange.NO),
        (Sim(Heard.TOLD, AGO), SimChange.NO),
        (Sim(Heard.TOLD, AGO + TICK), SimChange.YES),
        (Sim(Heard.TOLD, NOW + TICK), SimChange.YES),
        (Sim(Heard.TOLD, watched=POLICY.sim_swap), SimChange.NO),
        (Sim(Heard.TOLD, watched=POLICY.sim_swap - TICK), SimChange.NOT_POSSIBLE),
        (Sim(Heard.TOLD, AGO, watched=POLICY.sim_swap - TICK), SimChange.NOT_POSSIBLE),
        (Sim(Heard.TOLD, AGO + TICK, watched=POLICY.sim_swap - TICK), SimChange.YES),
    ],
)
def test_a_sim_is_judged_by_when_it_was_changed(sim: Sim, change: SimChange) -> None:
    assert sim.change(NOW, POLICY) is change


@pytest.mark.parametrize("changed_at", [None, AGO])
def test_a_sim_that_was_not_changed_lately_stops_nothing(changed_at: datetime | None) -> None:
    for sim in (NOBODY, Sim(Heard.TOLD, changed_at)):
        assert sim.require_settled(NOW, POLICY) is None  # type: ignore[func-returns-value]  # it would raise


def test_a_change_is_refused_until_it_is_old_enough() -> None:
    with pytest.raises(SimSwapped) as refused:
        Sim(Heard.TOLD, NOW - TICK).require_settled(NOW, POLICY)
    assert refused.value.until == NOW - TICK + POLICY.sim_swap


def test_a_silent_carrier_is_not_taken_for_one_that_says_no() -> None:
    with pytest.raises(SimUnchecked):
        SILENT.require_settled(NOW, POLICY)


def test_a_carrier_that_does_not_look_back_so_far_cannot_say_no() -> None:
    with pytest.raises(SimUnchecked):
        Sim(Heard.TOLD, watched=timedelta(days=1)).require_settled(NOW, POLICY)
