"""
An agent that is wrong in one line fails exactly the checks that it must, and no others.

Each is the agent of docs/learn/write-a-platform.md with one line put otherwise, or the one of rights.py that
closes accounts as well. Where it fails several checks, they follow from each other.
"""

from collections.abc import Mapping

import pytest

from jiebang.sandbox.conformance.conform import CHECKS
from tests.conformance.faults import CLOSING_FAULTS, FAULTS
from tests.conformance.others import Put, try_all
from tests.conformance.rights import CLOSING
from tests.conformance.trying import fallen

WRONG: Mapping[str, tuple[Put, set[str]]] = {
    **{name: (((line, otherwise),), fails) for name, (line, otherwise, fails) in FAULTS.items()},
    **{
        name: ((*CLOSING, (line, otherwise)), fails)
        for name, (line, otherwise, fails) in CLOSING_FAULTS.items()
    },
}


def test_every_check_is_failed_by_some_agent() -> None:
    failed = {check for _, fails in WRONG.values() for check in fails}
    assert failed == {check.name for check in CHECKS}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_agent_fails_the_checks_that_it_must_and_no_others(
    inspections: dict[str, dict[str, str]], fault: str
) -> None:
    assert set(inspections[fault]) == WRONG[fault][1], inspections[fault]


@pytest.fixture(scope="module")
def inspections(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Try every agent; gives by its fault what it fell by."""
    wrong = {fault: put for fault, (put, _) in WRONG.items()}
    found = try_all(wrong, lambda: tmp_path_factory.mktemp("platform"))
    return {fault: fallen(findings) for fault, findings in found.items()}
