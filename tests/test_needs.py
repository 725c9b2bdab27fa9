"""A test that cannot run here is named, never forgotten."""

import pytest

# A machine that has python, and no moon.
CONFTEST = """
from pathlib import Path
from tests.needs import Need, needs

def pytest_configure(config):
    config.stash[needs]["moon"] = Need("lunar-surface", Path("/moon"))
    config.stash[needs]["ground"] = Need("base-files", Path("/"))
"""

TESTS = """
import pytest

@pytest.mark.needs("moon")
def test_on_the_moon(): pass

@pytest.mark.needs("ground")
def test_on_the_ground(): pass
"""


def run(pytester: pytest.Pytester, *arguments: str, tests: str = TESTS) -> pytest.RunResult:
    """Run tests in a pytest of their own."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(tests)
    return pytester.runpytest("-p", "tests.needs", *arguments)


@pytest.fixture(params=[[], ["-n", "2"]], ids=["one process", "two processes"])
def processes(request: pytest.FixtureRequest) -> list[str]:
    """Run in one process, and in several."""
    return list(request.param)


def test_what_is_missing_is_named_with_its_package(pytester: pytest.Pytester, processes: list[str]) -> None:
    result = run(pytester, *processes)
    result.assert_outcomes(passed=1, deselected=0 if processes else 1)
    result.stdout.fnmatch_lines(
        ["*left out*", "*::test_on_the_moon: the Debian package lunar-surface would*"]
    )


def test_leaving_out_is_well_on_a_desk(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, processes: list[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert run(pytester, *processes).ret == pytest.ExitCode.OK


def test_leaving_out_fails_in_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, processes: list[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    assert run(pytester, *processes).ret == pytest.ExitCode.TESTS_FAILED


def test_ci_passes_when_nothing_is_left_out(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    assert run(pytester, "-k", "ground").ret == pytest.ExitCode.OK


def test_a_need_that_nobody_knows_is_an_error(pytester: pytest.Pytester) -> None:
    result = run(pytester, tests=TESTS.replace("moon", "mars"))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*needs 'mars', of which*"])
