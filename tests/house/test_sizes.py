"""Nothing is longer than a reader can hold in mind, and every file says what it is."""

import ast
from pathlib import Path

import pytest

from tests.house.files import CODE, DOMAIN, TESTS, functions, name, place, sources

FILE_LINES = 300
DOMAIN_LINES = 200
FUNCTION_LINES = 40
TEST_LINES = 25
ARGUMENTS = 6
MIGRATIONS = CODE / "store" / "migrations" / "versions"


def long_file(path: Path, *, limit: int) -> list[str]:
    """Find a file with more lines than it may have."""
    lines = len(path.read_text().splitlines())
    return [f"{place(path)}: {lines} lines; {limit} is the limit"] if lines > limit else []


def long_functions(path: Path, *, limit: int, only: str = "") -> list[str]:
    """Find functions with more lines than they may have, docstring and all, among those named `only…`."""
    return [
        f"{place(path, line=function.lineno)}: {function.name} has {lines} lines; {limit} is the limit"
        for function in functions(path)
        if function.name.startswith(only)
        if (lines := 1 + (function.end_lineno or function.lineno) - function.lineno) > limit
    ]


def wide_functions(path: Path, *, limit: int) -> list[str]:
    """Find functions that take too much; `self` and `cls` do not count."""
    return [
        f"{place(path, line=function.lineno)}: {function.name} takes {taken}; {limit} is the limit"
        for function in functions(path)
        if (taken := len(arguments(function.args))) > limit
    ]


def arguments(taken: ast.arguments) -> list[str]:
    """List what a function takes."""
    every = [*taken.posonlyargs, *taken.args, *taken.kwonlyargs]
    return [argument.arg for argument in every if argument.arg not in {"self", "cls"}]


def silent_file(path: Path) -> list[str]:
    """Find a file that does not open by saying what it is."""
    return [] if ast.get_docstring(ast.parse(path.read_text())) else [f"{place(path)}: no docstring"]


@pytest.mark.parametrize("path", sources(CODE), ids=name)
def test_code_is_of_readable_size(path: Path) -> None:
    assert long_file(path, limit=DOMAIN_LINES if path.is_relative_to(DOMAIN) else FILE_LINES) == []
    # A migration is the record of what was once done to tables: it is never read for its thoughts.
    assert path.is_relative_to(MIGRATIONS) or long_functions(path, limit=FUNCTION_LINES) == []
    assert wide_functions(path, limit=ARGUMENTS) == []
    assert silent_file(path) == []


@pytest.mark.parametrize("path", sources(TESTS), ids=name)
def test_tests_are_of_readable_size(path: Path) -> None:
    assert long_file(path, limit=FILE_LINES) == []
    assert long_functions(path, limit=TEST_LINES, only="test_") == []
    assert wide_functions(path, limit=ARGUMENTS) == []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a file of five lines, with a function of three lines and three arguments."""
    path = tmp_path / "small.py"
    path.write_text(
        "class Small:\n    async def grow(self, a, *, b, c):\n        x = 1\n        return x\n\n"
    )
    return path


def test_a_file_over_its_limit_is_found(path: Path) -> None:
    assert long_file(path, limit=4)
    assert not long_file(path, limit=5)


def test_a_function_over_its_limit_is_found(path: Path) -> None:
    assert long_functions(path, limit=2)
    assert not long_functions(path, limit=3)
    assert not long_functions(path, limit=2, only="test_")


def test_a_function_that_takes_too_much_is_found(path: Path) -> None:
    assert wide_functions(path, limit=2)
    assert not wide_functions(path, limit=3)


def test_a_file_without_a_docstring_is_found(path: Path) -> None:
    assert silent_file(path)
    path.write_text('"""What it is."""\n')
    assert not silent_file(path)
