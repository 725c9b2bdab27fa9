"""No test pretends: none is skipped, patched or empty, and whoever silences a linter says why."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.files import CODE, TESTS, kept, name, place, sources

# Dotted names that make a test green without running the code.
PRETENCES = {
    "pytest.skip", "pytest.xfail", "pytest.importorskip",
    "pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail",
    "monkeypatch.setattr", "monkeypatch.setitem", "mock.patch", "unittest.mock", "mocker",
}  # fmt: skip

SILENCED = re.compile(r"# (?:noqa|type: ignore)(?P<rest>.*)")
ARGUED = re.compile(r"(?:: [A-Z0-9, ]+|\[[a-z, -]+\]) - \w+|(?:\[[a-z, -]+\])  # \w+")
# Written apart, so that this file is not its own first finding.
POSTPONED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")))


def pretences(path: Path) -> Iterator[str]:
    """Find tests that are skipped, patched, or that assert what cannot be false."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Attribute() | ast.Name() if (said := ast.unparse(node)) in PRETENCES:
                yield f"{place(path, line=node.lineno)}: {said}"
            case ast.ImportFrom(module=str(module)) if module in PRETENCES:
                yield f"{place(path, line=node.lineno)}: {module}"
            case ast.ImportFrom(module="unittest", names=[*names]) if any(
                name.name == "mock" for name in names
            ):
                yield f"{place(path, line=node.lineno)}: unittest.mock"
            case ast.Import(names=[*names]) if any(name.name in PRETENCES for name in names):
                yield f"{place(path, line=node.lineno)}: unittest.mock"
            case ast.Assert(test=ast.Constant()):
                yield f"{place(path, line=node.lineno)}: {ast.unparse(node)}"
            case _:
                pass


def unargued(path: Path) -> list[str]:
    """Find a silenced linter without a reason: `# noqa: S101 - why` and `# type: ignore[arg-type]  # why`."""
    return [
        f"{place(path, line=line)}: {found[0]}"
        for line, text in enumerate(path.read_text().splitlines(), start=1)
        if (found := SILENCED.search(text)) and not ARGUED.match(found["rest"])
    ]


def postponed(path: Path) -> list[str]:
    """Find work that is put off in a comment, where nobody looks; an issue is where it belongs."""
    lines = path.read_text().splitlines()
    return [place(path, line=line) for line, text in enumerate(lines, start=1) if POSTPONED.search(text)]


@pytest.mark.parametrize("path", sources(TESTS), ids=name)
def test_no_test_pretends(path: Path) -> None:
    assert list(pretences(path)) == []


@pytest.mark.parametrize("path", sources(CODE) + sources(TESTS), ids=name)
def test_whoever_silences_a_linter_says_why(path: Path) -> None:
    assert unargued(path) == []


def test_nothing_is_put_off_in_a_comment() -> None:
    written = {".css", ".html", ".js", ".po", ".py", ".sql", ".toml"}
    paths = [path for path in kept() if path.is_relative_to(CODE) or path.is_relative_to(TESTS)]
    assert [line for path in paths if path.suffix in written for line in postponed(path)] == []


@pytest.mark.parametrize(
    "written",
    [
        "@pytest.mark.skip\ndef test_it(): ...",
        "@pytest.mark.xfail(strict=True)\ndef test_it(): ...",
        "def test_it(monkeypatch): monkeypatch.setattr(clock, 'now', then)",
        "def test_it(): pytest.skip('no browser')",
        "from unittest import mock",
        "import unittest.mock",
        "from unittest.mock import Mock",
        "def test_it(): assert True",
        "def test_it(): assert 'no such thing'",
    ],
)
def test_a_test_that_pretends_is_found(tmp_path: Path, written: str) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(written)
    assert list(pretences(path))


@pytest.mark.parametrize(
    ("comment", "complaints"),
    [
        (": S101", 1),
        ("", 1),
        (": S101, S603 - the reason", 0),
    ],
)
def test_a_silenced_linter_without_a_reason_is_found(tmp_path: Path, comment: str, complaints: int) -> None:
    path = tmp_path / "order.py"
    path.write_text("x = 1  # no" + "qa" + comment)
    assert len(unargued(path)) == complaints


def test_work_that_is_put_off_is_found(tmp_path: Path) -> None:
    path = tmp_path / "order.py"
    path.write_text("x = 1  # TO" + "DO: count")
    assert postponed(path)
