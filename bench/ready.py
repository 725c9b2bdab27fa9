"""How long it takes from starting `jiebang serve` to its first answer, against loading three libraries."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.figures import Figure
from jiebang.sandbox.program import Program, free_port, installed
from jiebang.sandbox.web import is_up

_ROUNDS = 5
_GOAL_SECONDS = 2.0
_GLANCE_SECONDS = 0.005
_LIBRARIES = "import fastapi, uvicorn, sqlalchemy"


def measure(directory: Path) -> Iterator[Figure]:
    """Start a hub several times, each time on a fresh database and then again on the same."""
    fresh, again, bare = [], [], []
    for serial in range(_ROUNDS):
        place = directory / f"ready-{serial}"
        place.mkdir()
        bare.append(_loading())
        fresh.append(_serving(place))
        again.append(_serving(place))
    for what, taken in (("on a fresh database", fresh), ("on one that is there", again)):
        yield Figure(
            what=f"jiebang serve ready, {what}",
            measured=f"{median(taken):.2f} s",
            against=f"{_LIBRARIES}: {median(bare):.2f} s",
            ratio=median(taken) / median(bare),
            goal=f"under {_GOAL_SECONDS:.0f} s",
            met=median(taken) < _GOAL_SECONDS,
        )


def _serving(place: Path) -> float:
    port = free_port()
    environment = {
        "JIEBANG_DATABASE_URL": f"sqlite:///{place / 'hub.db'}",
        "JIEBANG_KEY_FILE": str(place / "hub-key.json"),
    }
    command = [str(installed("jiebang")), "serve", "--port", str(port)]
    hub = Program(command, output=place / "hub.log", environment=environment)
    begun = time.perf_counter()
    hub.start()
    try:
        while not is_up(f"http://127.0.0.1:{port}/healthz"):
            if not hub.running:
                raise RuntimeError(hub.said())
            time.sleep(_GLANCE_SECONDS)
        return time.perf_counter() - begun
    finally:
        hub.stop()


def _loading() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", _LIBRARIES], check=True)
    return time.perf_counter() - begun
