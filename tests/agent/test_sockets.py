"""An agent listens on nothing, and talks to its hub and its store and to nobody else."""

import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.agent.pretender import Pretender
from tests.agent.process import Process, until
from tests.agent.shop import Shop

pytestmark = pytest.mark.anyio
LISTENS = "0A"
"""As `/proc/net/tcp` writes the state."""


class Socket(NamedTuple):
    """One TCP socket of a process."""

    state: str
    to: tuple[str, int]


def sockets(process: Process) -> list[Socket]:
    """List the TCP sockets that a process has, from what the kernel says."""
    place = Path(f"/proc/{process.running.pid}")
    own = set()
    for descriptor in (place / "fd").iterdir():
        try:
            own.add(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    lines = [
        line.split() for name in ("tcp", "tcp6") for line in (place / "net" / name).read_text().splitlines()
    ]
    return [Socket(line[3], _place(line[2])) for line in lines[1:] if f"socket:[{line[9]}]" in own]


def _place(text: str) -> tuple[str, int]:
    host, port = text.split(":")
    return socket.inet_ntoa(struct.pack("=I", int(host[-8:], 16))), int(port, 16)


@pytest.fixture
async def agent(shop: Shop, pretender: Pretender, tmp_path: Path) -> AsyncIterator[Process]:
    """Run the shop's agent until it has answered, acted and polled again."""
    shop.add(2, phone="13800138000")
    process = Process(shop.config(tmp_path, hub=pretender.url))
    await process.start()
    pretender.ask()
    pretender.order("ord_1", "account-2")
    await until(lambda: pretender.told("ord_1") and pretender.answers and pretender.mailbox == {})
    yield process
    await process.stop()


async def test_an_agent_that_works_listens_on_nothing_and_talks_to_its_hub_alone(
    agent: Process, pretender: Pretender
) -> None:
    found = sockets(agent)
    assert [one for one in found if one.state == LISTENS] == []
    # The store of this test is a file, or a PostgreSQL behind a socket that is a file.
    assert {one.to for one in found} == {("127.0.0.1", urlsplit(pretender.url).port)}
