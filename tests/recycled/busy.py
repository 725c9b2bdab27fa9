"""A process that publishes, applies deltas again and again, or screens: `python -m … WHAT FOLDER`."""

import itertools
import re
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np

from jiebang.recycled.delta import apply_delta
from jiebang.recycled.layout import BLOCK
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.screen import Screening, screen
from jiebang.wire import keys
from tests.recycled.made import TODAY, Hub


def publish(folder: Path) -> None:
    """Publish a list of two megabytes, another each time."""
    hub = Hub(folder / "lists", keys.read(folder / "key.json"))
    for serial in itertools.count():
        codes = np.full(BLOCK, 1 + serial % 60000, dtype=np.uint16)
        on = TODAY + timedelta(days=serial)
        hub.publisher.publish(((key, codes) for key in range(100, 200)), covered_until=on, today=on)
        sys.stdout.write(".")
        sys.stdout.flush()


def renew(folder: Path) -> None:
    """Apply a delta and the one back, for ever."""
    for name in itertools.cycle(("there.delta", "back.delta")):
        apply_delta(folder / "here.list", mapped(folder / name), path=folder / "here.list")
        sys.stdout.write(".")
        sys.stdout.flush()


def find(folder: Path) -> None:
    """Screen once, and say how many megabytes that took."""
    before = peak()
    users = next(folder.glob("users.*"))
    counted = screen(
        users, folder / f"out{users.suffix}",
        screening=Screening(published=MappedList(mapped(folder / "a.list"))),
    )  # fmt: skip
    sys.stdout.write(f"{sum(counted.values())} {peak() - before}")


def peak() -> int:
    """How many megabytes this program has had at the most; `getrusage` may tell its parent's."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) // 1024


if __name__ == "__main__":
    {"publish": publish, "renew": renew, "find": find}[sys.argv[1]](Path(sys.argv[2]))
