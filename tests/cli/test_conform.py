"""`jiebang conform`: the command says what to configure, and never that something was passed that was not."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jiebang.sandbox.program import clean, free_port, installed
from jiebang.wire import keys

INSPECTION = """
platform = "par_shop"
keys = "public.json"
{more}

[numbers]
one = "+8613700137001"
two = "+8613700137002"
none = "+8613700137003"
"""


@pytest.fixture
def port() -> int:
    """Choose a port."""
    return free_port()


@pytest.fixture
def folder(tmp_path: Path, port: int) -> Path:
    """Lay out an inspection to which no agent will come."""
    (tmp_path / "public.json").write_text(json.dumps(keys.make().public_set()))
    write(tmp_path, f'port = {port}\narrival = 0.2\nrestore = "true"')
    return tmp_path


@pytest.fixture
def taken(port: int) -> Iterator[int]:
    """Listen where the kit would."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        yield port


def write(folder: Path, more: str) -> None:
    (folder / "inspection.toml").write_text(INSPECTION.format(more=more))


def run(folder: Path, *words: str) -> tuple[int, str]:
    """Run the command to its end; gives its exit code and what it said."""
    done = subprocess.run(
        [installed("jiebang"), "conform", "inspection.toml", *words], cwd=folder,
        env=clean({"COLUMNS": "200"}), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_nothing_is_passed_where_no_agent_comes(folder: Path, port: int) -> None:
    code, said = run(folder, "--json", "report.json")
    assert code == 1
    assert f"hub http://127.0.0.1:{port}" in said
    assert "no stream was opened within 0.2 s" in said
    report = json.loads((folder / "report.json").read_text())
    verdicts = {finding["verdict"] for finding in report["findings"]}
    assert (report["passed"], report["platform"], verdicts) == (False, "par_shop", {"failed", "not tried"})
    assert all(finding["section"].startswith("docs/protocol/") for finding in report["findings"])


def test_an_inspection_that_is_not_understood_is_refused_in_a_sentence(folder: Path) -> None:
    write(folder, "colour = 1")
    code, said = run(folder)
    assert (code, "colour is not something that is known here" in said) == (2, True)


def test_a_report_that_could_not_be_written_is_said_before_anything_is_tried(folder: Path) -> None:
    code, said = run(folder, "--json", "nowhere/report.json")
    assert (code, "nowhere/report.json cannot be written" in said, "Configure" in said) == (2, True, False)


def test_a_port_that_is_taken_is_told(folder: Path, taken: int) -> None:
    code, said = run(folder)
    assert (code, str(taken) in said.split("Configure")[-1]) == (2, True)
    assert "address already in use" in said
