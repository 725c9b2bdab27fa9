"""The domain imports nothing that reads the world: every module it may import is named here."""

import ast
from pathlib import Path

import pytest

from tests.house.files import DOMAIN, name, place, sources

# Modules of values and types. import-linter says what is forbidden; this finds what nobody thought of.
PURE = {
    "__future__", "abc", "base64", "calendar", "collections", "dataclasses", "datetime", "enum", "functools",
    "hashlib", "hmac", "itertools", "json", "math", "operator", "re", "string", "types", "typing",
}  # fmt: skip
# The tables of the world's numbering plans and holidays; see the contract in pyproject.toml.
ARGUED = {"number.py": {"phonenumbers"}, "plan.py": {"phonenumbers"}, "calendar.py": {"holidays"}}


def impure(path: Path) -> list[str]:
    """Find what a file imports and may not."""
    allowed = PURE | {"jiebang"} | ARGUED.get(path.name, set())
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "", node.lineno))
    return [
        f"{place(path, line=line)}: imports {name}"
        for name, line in found
        if name.split(".")[0] not in allowed
    ]


@pytest.mark.parametrize("path", sources(DOMAIN), ids=name)
def test_the_domain_imports_only_what_is_pure(path: Path) -> None:
    assert impure(path) == []


@pytest.mark.parametrize(
    "written", ["import os.path", "import time", "from random import choice", "def f():\n    import locale"]
)
def test_an_import_that_reads_the_world_is_found(tmp_path: Path, written: str) -> None:
    path = tmp_path / "order.py"
    path.write_text(written)
    assert impure(path)


@pytest.mark.parametrize(
    ("module", "library", "complaints"),
    [
        ("number.py", "phonenumbers", 0),
        ("calendar.py", "holidays", 0),
        ("calendar.py", "phonenumbers", 1),
        ("order.py", "phonenumbers", 1),
        ("order.py", "holidays", 1),
    ],
)
def test_only_who_needs_one_of_the_worlds_tables_may_look_into_it(
    tmp_path: Path, module: str, library: str, complaints: int
) -> None:
    path = tmp_path / module
    path.write_text(f"import {library}")
    assert len(impure(path)) == complaints
