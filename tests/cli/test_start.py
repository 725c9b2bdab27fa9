"""The program starts with what the command needs and no more, and knows all its commands."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_group
from typer.testing import CliRunner

from jiebang import __version__, cli
from jiebang.cli import app

_MODULES = sorted(path.stem for path in Path(cli.__file__).parent.glob("*.py") if path.stem != "__init__")
_LOADED = """
import sys
from jiebang.cli import app
app(sys.argv[2:], standalone_mode=False)
print(*sorted(set(sys.argv[1].split()) & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("command", "needless"),
    [
        ("agent", "alembic duckdb fastapi jiebang.flows jiebang.store pyarrow reportlab"),
        ("journal", "duckdb fastapi jiebang.agent jinja2 ldap3 pyarrow reportlab"),
        ("worker", "duckdb fastapi jiebang.agent jiebang.api pyarrow reportlab"),
        ("key", "aiohttp alembic duckdb fastapi jiebang.agent jiebang.flows pyarrow sqlalchemy"),
        ("--version", "aiohttp alembic duckdb fastapi jiebang.agent jiebang.house sqlalchemy structlog"),
    ],
)
def test_a_command_loads_what_it_needs_and_no_more(command: str, needless: str) -> None:
    asked = [command] if command == "--version" else [command, "--help"]
    run = [sys.executable, "-c", _LOADED, needless, *asked]
    said = subprocess.run(run, check=True, capture_output=True, text=True)
    assert said.stdout.splitlines()[-1] == ""


def test_every_command_that_there_is_can_be_typed() -> None:
    known = get_group(app).commands
    for module in map(import_module, (f"jiebang.cli.{name}" for name in _MODULES)):
        if hasattr(module, "app"):
            own = get_group(module.app).commands
            assert module.__name__.rpartition(".")[2] in known or own.keys() <= known.keys()


def test_each_command_is_named_in_the_help() -> None:
    said = CliRunner().invoke(app, ["--help"]).output
    assert [name for name in get_group(app).commands if f"│ {name} " not in said] == []


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).output.strip() == __version__
