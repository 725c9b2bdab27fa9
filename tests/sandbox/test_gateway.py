"""The pretended SMS gateway keeps what it takes, and finds the codes in it."""

import json
from collections.abc import Iterator

import pytest

from jiebang.sandbox.gateway import SmsGateway, Text
from jiebang.sandbox.program import free_port
from jiebang.sandbox.web import call


@pytest.fixture
def shown() -> list[Text]:
    """Keep what the gateway shows."""
    return []


@pytest.fixture
def gateway(shown: list[Text]) -> Iterator[SmsGateway]:
    """Open a gateway."""
    gateway = SmsGateway(port=free_port(), shown=shown.append)
    gateway.open()
    yield gateway
    gateway.close()


def send(gateway: SmsGateway, said: object) -> int:
    """Hand a text over, and say how it was taken."""
    return call("POST", gateway.url, body=json.dumps(said).encode()).status


def test_a_text_is_taken_and_shown(gateway: SmsGateway, shown: list[Text]) -> None:
    assert send(gateway, {"to": "+8613600123456", "text": "【解绑】482913 is your code"}) == 202
    assert gateway.texts == shown == [Text("+8613600123456", "【解绑】482913 is your code")]


def test_the_next_code_is_that_of_the_number_asked_for(gateway: SmsGateway) -> None:
    send(gateway, {"to": "+8618600123457", "text": "111111"})
    send(gateway, {"to": "+8613600123456", "text": "您的验证码是482913，5分钟内有效"})
    send(gateway, {"to": "+8613600123456", "text": "222222"})
    assert gateway.next_code("+8613600123456") == "482913"
    assert gateway.next_code("+8613600123456", after=2) == "222222"


@pytest.mark.parametrize("said", [{"to": "+8613600123456"}, ["a", "list"], "words", None])
def test_what_is_no_text_is_not_taken(gateway: SmsGateway, said: object) -> None:
    assert send(gateway, said) == 400
    assert gateway.texts == []


def test_a_longer_number_is_no_code() -> None:
    assert Text("", "call 13600123456").code is None
