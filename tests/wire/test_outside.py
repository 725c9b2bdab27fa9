"""Letters go to the Internet, and to no address inside, whatever it is called."""

import asyncio
from ipaddress import ip_network

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from jiebang.wire.outside import Outside

NEAR = Outside(opened=[ip_network("127.0.0.0/8"), ip_network("10.8.0.0/16")])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_what_is_inside_is_not_reached(address: str) -> None:
    assert not Outside().has(address)
    assert not Outside().may_have(f"https://[{address}]/" if ":" in address else f"https://{address}/")


@pytest.mark.parametrize("address", ["1.1.1.1", "203.1.113.1", "2606:4700:4700::1111", "240e::1"])
def test_what_is_outside_is_reached(address: str) -> None:
    assert Outside().has(address)


def test_an_operator_opens_networks_inside() -> None:
    assert [NEAR.has(one) for one in ("127.0.0.1", "10.8.3.4", "10.9.0.1", "::1")] == [
        True,
        True,
        False,
        False,
    ]
    assert NEAR.may_have("http://localhost/")
    assert not Outside().may_have("http://localhost/")


async def shown(_: web.Request) -> web.Response:
    """Answer."""
    return web.Response(text="inside")


async def read(outside: Outside, host: str) -> str:
    """Ask a server that is there, by some name."""
    connector = aiohttp.TCPConnector(socket_factory=outside.make_socket)
    app = web.Application()
    app.router.add_get("/", shown)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"http://{host}:{server.port}/") as answer,
    ):
        return await answer.text()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_name_is_judged_by_what_it_stands_for_when_it_is_connected_to(host: str) -> None:
    with pytest.raises(aiohttp.ClientConnectorError):
        asyncio.run(read(Outside(), host))
    assert asyncio.run(read(NEAR, host)) == "inside"
