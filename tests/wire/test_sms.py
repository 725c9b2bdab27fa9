"""A text is handed to the operator's gateway, or it is said that it was not, and nothing more."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from jiebang.wire.sms import Gateway, TextNotTaken, code_text
from tests.build import NUMBER

Answering = Callable[[web.Request], Awaitable[web.Response]]
TEXT = code_text("482913", life=timedelta(minutes=5))
QUICK = aiohttp.ClientTimeout(total=0.2)


async def send_to(url: str) -> None:
    """Hand the text over."""
    async with aiohttp.ClientSession(timeout=QUICK) as session:
        await Gateway(url=url, session=session).send(NUMBER, TEXT)


def send(answering: Answering) -> None:
    """Hand the text over to a gateway that answers like this."""

    async def sent() -> None:
        app = web.Application()
        app.router.add_post("/texts", answering)
        async with TestServer(app) as server:
            await send_to(str(server.make_url("/texts")))

    asyncio.run(sent())


def saying(status: int) -> Answering:
    """Answer with a status."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    return answer


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_text_that_is_taken_is_as_it_was_written(status: int) -> None:
    taken: list[object] = []

    async def answer(request: web.Request) -> web.Response:
        taken.append(await request.json())
        return web.Response(status=status)

    send(answer)
    assert taken == [{"to": NUMBER.e164, "text": TEXT}]


async def _silent(_: web.Request) -> web.Response:
    await asyncio.sleep(5)
    return web.Response()


async def _hung_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize("answering", [saying(400), saying(429), saying(500), saying(503), _silent, _hung_up])
def test_a_text_that_is_not_taken_says_so_and_nothing_else(answering: Answering) -> None:
    with pytest.raises(TextNotTaken) as refused:
        send(answering)
    assert_tells_nothing(refused.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/texts", "http://gateway.invalid/texts", "no address"])
def test_a_gateway_that_is_not_there_says_so_and_nothing_else(url: str) -> None:
    with pytest.raises(TextNotTaken) as refused:
        asyncio.run(send_to(url))
    assert_tells_nothing(refused.value)


def assert_tells_nothing(refused: BaseException) -> None:
    """Neither the exception nor what caused it holds the number, the code or the text."""
    told = "".join(traceback.format_exception(refused)) + repr(refused.args)
    assert not [secret for secret in (NUMBER.e164[3:], "482913", "Your code is") if secret in told]


def test_the_text_says_in_both_languages_for_how_long_the_code_is_good() -> None:
    chinese, english = TEXT.splitlines()
    assert "482913，5 分钟" in chinese
    assert "482913, good for 5 minutes" in english
