"""The page that teaches to write a platform is right: what it says is typed in, and its agent passes."""

import ast
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jiebang.sandbox.program import clean, free_port
from tests.conformance.the_page import agent, typed

PATIENCE_SECONDS = 240


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Type in what the page says, in an empty folder, and give what the terminal shows."""
    folder, port = tmp_path_factory.mktemp("reader"), free_port()
    (folder / "agent.py").write_text(agent(port=port))
    lines = typed(port=port).replace(
        "jiebang conform inspection.toml", "jiebang conform inspection.toml --json report.json"
    )
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"}
    with (folder / "said.txt").open("w") as output:
        shell = subprocess.Popen(
            ["bash", "-e"], cwd=folder, stdin=subprocess.PIPE, stdout=output, stderr=output, env=clean(path),
            start_new_session=True, text=True,
        )  # fmt: skip
        try:
            shell.communicate(lines, timeout=PATIENCE_SECONDS)
        finally:
            os.killpg(shell.pid, signal.SIGKILL)
    assert shell.returncode == 0, (folder / "said.txt").read_text()
    report = json.loads((folder / "report.json").read_text())
    assert report["passed"]
    return (folder / "said.txt").read_text()


def test_a_reader_who_types_the_page_in_has_an_agent_that_passes(said: str) -> None:
    assert "All of it was passed." in said
    assert "10000 in" in said


def test_the_agent_has_a_hundred_lines_at_the_most() -> None:
    lines = [line for line in agent(port=1).splitlines() if line.strip()]
    assert len(lines) <= 100
    assert max(map(len, lines)) <= 110


def test_the_agent_needs_one_library_for_signatures_and_one_for_http() -> None:
    imports = [
        node for node in ast.walk(ast.parse(agent(port=1))) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in imports if isinstance(node, ast.ImportFrom)}
    assert {name for name in names if name not in sys.stdlib_module_names} == {"joserfc", "requests"}
