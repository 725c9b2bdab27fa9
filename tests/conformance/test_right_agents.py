"""An agent that does it otherwise, and rightly, passes."""

import pytest

from jiebang.sandbox.conformance.report import Finding, Verdict
from tests.conformance.others import try_all
from tests.conformance.rights import RIGHTS
from tests.conformance.trying import fallen


@pytest.mark.parametrize("right", RIGHTS)
def test_an_agent_that_does_it_otherwise_and_rightly_passes(
    inspections: dict[str, dict[str, Finding]], right: str
) -> None:
    assert fallen(inspections[right]) == {}


def test_an_agent_that_has_its_letters_posted_is_tried_as_such(
    inspections: dict[str, dict[str, Finding]],
) -> None:
    assert inspections["has its letters posted"]["stream"].words == "letters are posted"


def test_an_agent_that_closes_accounts_and_hears_signals_is_tried_in_all(
    inspections: dict[str, dict[str, Finding]],
) -> None:
    found = inspections["closes accounts and hears signals"]
    assert {name for name, finding in found.items() if finding.verdict is not Verdict.PASSED} == set()


@pytest.fixture(scope="module")
def inspections(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Finding]]:
    """Try every agent; gives by what it does otherwise what was found."""
    return try_all(RIGHTS, lambda: tmp_path_factory.mktemp("platform"))
