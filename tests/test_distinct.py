"""A test that has the name of another is never passed over in silence."""

import pytest

CONFTEST = """
import pytest

class Named(pytest.Item):
    def runtest(self): pass

def pytest_collect_file(parent, file_path):
    return File.from_parent(parent, path=file_path) if file_path.suffix == ".test" else None

class File(pytest.File):
    def collect(self):
        for name in self.path.read_text().split():
            item = Named.from_parent(self, name=name)
            item._id = self.id.child("shared")
            yield item
"""


@pytest.fixture(params=[[], ["-n", "2"]], ids=["one process", "two processes"])
def processes(request: pytest.FixtureRequest) -> list[str]:
    """Run in one process, and in several."""
    return list(request.param)


def test_tests_that_are_told_apart_by_their_names_alone_all_run(
    pytester: pytest.Pytester, processes: list[str]
) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makefile(".test", "one two three")
    pytester.runpytest("-p", "tests.distinct", *processes).assert_outcomes(passed=3)


def test_tests_of_one_name_are_an_error(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makefile(".test", "one two one")
    result = pytester.runpytest("-p", "tests.distinct")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*several tests have one name: *::one*"])
