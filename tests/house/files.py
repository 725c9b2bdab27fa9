"""Where the project's files are, and how the house reads them."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src/jiebang"
DOMAIN = CODE / "domain"
TESTS = ROOT / "tests"


def sources(folder: Path) -> list[Path]:
    """List the Python files of a folder, whatever their depth."""
    return sorted(folder.rglob("*.py"))


def kept() -> list[Path]:
    """List the files that git keeps, or would keep if they were added."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Read a file's functions and methods, whatever their depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def place(path: Path, *, line: int = 1) -> str:
    """Say where something is, so that an editor can go there."""
    return f"{name(path) if path.is_relative_to(ROOT) else path.name}:{line}"


def name(path: Path) -> str:
    """Name a file as a developer would, for the tests that look at one file each."""
    return str(path.relative_to(ROOT))
