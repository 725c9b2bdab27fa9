"""Nothing that is kept depends on one machine: no address of a registry, no folder of somebody's own."""

import re
from pathlib import Path

import pytest

from tests.house.files import ROOT, kept, name, place

ELSEWHERE = re.compile(
    r"""
    (?:https?|file)://[^\s"']*/simple\b             # an index of Python packages
    | \b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|(?:deb|security|ftp)\.debian\.org)\b
    | --(?:extra-)?index-url | --find-links | --trusted-host
    | (?:^|[\s"'=(])/(?:work|home|root|opt/(?:wheels|pypi))/
    """,
    re.VERBOSE,
)


def elsewhere(path: Path) -> list[str]:
    """Find what is on one machine or in one registry; files that are not text hold no addresses."""
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return []
    return [
        f"{place(path, line=line)}: {found[0].strip()}"
        for line, row in enumerate(text.splitlines(), start=1)
        for found in ELSEWHERE.finditer(row)
    ]


def test_no_file_names_a_registry_or_a_machine() -> None:
    this = Path(__file__)
    assert [found for path in kept() if path != this for found in elsewhere(path)] == []


def test_every_requirement_is_locked_with_its_hash() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        locks = re.findall(r"^[a-z].*?(?=^[a-z]|\Z)", path.read_text(), re.MULTILINE | re.DOTALL)
        assert locks, name(path)
        assert [lock for lock in locks if "==" not in lock or "--hash=sha256:" not in lock] == []


@pytest.mark.parametrize(
    "written",
    [
        "index = 'https://example.test/simple'",
        "see https://pypi.org/project/jiebang/",
        "pip install --find-links wheels",
        "open('/root/hub.db')",
        "resolved https://registry.npmjs.org/htmx.org",
    ],
)
def test_an_address_of_a_registry_or_a_machine_is_found(tmp_path: Path, written: str) -> None:
    path = tmp_path / "notes.md"
    path.write_text(f"one\n{written}\n")
    assert elsewhere(path)[0].startswith("notes.md:2: ")


def test_what_only_looks_like_one_is_let_be(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_text("https://schemas.openid.net/secevent/ and src/work/ and https://example.test/simpler")
    assert elsewhere(path) == []
