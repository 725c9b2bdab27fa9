"""A ledger that is not there yet can be opened by several at once: a check, beside an agent that starts."""

import subprocess
import sys
from pathlib import Path

OPEN = """
import sys
from pathlib import Path
from jiebang.agent.ledger import Ledger
print("ready", flush=True)
sys.stdin.read()
for name in sys.argv[1:]:
    Ledger(Path(name)).close()
"""


def test_whoever_comes_first_makes_the_ledger_and_the_others_find_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN, *(str(tmp_path / f"{ledger}.db") for ledger in range(20))]
    agents = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    for agent in agents:
        assert agent.stdout is not None
        assert agent.stdout.readline() == b"ready\n"
    for agent in agents:
        assert agent.stdin is not None
        agent.stdin.close()
    for agent in agents:
        with agent:
            assert agent.stderr is not None
            assert agent.stderr.read() == b""
