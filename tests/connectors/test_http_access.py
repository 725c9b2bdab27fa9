"""Who the agent is, over HTTP: each way to show it, and a token that is fetched, kept, and fetched anew."""

from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest

from jiebang.agent.errors import StoreDown, StoreTrouble
from tests.agent.turning import Clock
from tests.connectors.book import LINE, Book, Heard, Json, connected, reply

pytestmark = pytest.mark.anyio
GRANTED = {"type": "client_credentials", "path": "/token", "scope": "accounts"}
NAMED = 'login = "jie:bang"\nsecret_env = "TEST_BOOK_SECRET"'


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_BOOK_SECRET", "s3/cret")


def basic(pair: str) -> str:
    """Write a pair as HTTP does."""
    return "Basic " + b64encode(pair.encode()).decode()


class Granting:
    """Grants tokens, one after another, and takes only the latest."""

    def __init__(self) -> None:
        self.granted: list[Heard] = []
        self.taken_back = False

    def __call__(self, heard: Heard) -> Json:
        if heard.segments == ["token"]:
            self.granted.append(heard)
            self.taken_back = False
            return reply({"access_token": f"t{len(self.granted)}", "expires_in": 600})
        fine = heard.headers.get("Authorization") == f"Bearer t{len(self.granted)}" and not self.taken_back
        return None if fine else reply(status=401)


@pytest.mark.parametrize(
    ("access", "more", "sent"),
    [
        ({"type": "bearer"}, 'secret_env = "TEST_BOOK_SECRET"', ("Authorization", "Bearer s3/cret")),
        ({"type": "basic"}, NAMED, ("Authorization", basic("jie:bang:s3/cret"))),
        ({"type": "header", "header": "X-Key"}, 'secret_env = "TEST_BOOK_SECRET"', ("X-Key", "s3/cret")),
        ({"type": "none"}, "", ("Authorization", None)),
    ],
)
async def test_each_request_shows_who_the_agent_is(
    book: Book, tmp_path: Path, clock: Clock, *, access: Json, more: str, sent: tuple[str, str | None]
) -> None:
    async with connected(book, tmp_path, clock, more=more, access=access) as connector:
        await connector.find(LINE)
        await connector.holds("account-a", LINE)
    assert [heard.headers.get(sent[0]) for heard in book.heard] == [sent[1]] * 2


async def test_a_token_is_fetched_once_and_anew_before_its_end(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    granting = book.lie = Granting()
    async with connected(book, tmp_path, clock, more=NAMED, access=GRANTED) as connector:
        for passing in (0, 300, 300):
            clock.turn(timedelta(seconds=passing))
            await connector.find(LINE)
    asked, _ = granting.granted
    assert asked.headers["Authorization"] == basic("jie%3Abang:s3%2Fcret")
    assert asked.body == b"grant_type=client_credentials&scope=accounts"


async def test_a_token_that_is_taken_no_more_is_fetched_anew(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    granting = book.lie = Granting()
    async with connected(book, tmp_path, clock, more=NAMED, access=GRANTED) as connector:
        await connector.find(LINE)
        granting.taken_back = True
        assert (await connector.find(LINE)).records == ()
    assert len(granting.granted) == 2


async def test_a_fresh_token_that_is_not_taken_is_not_fetched_for_ever(
    book: Book, tmp_path: Path, clock: Clock
) -> None:
    book.lie = lambda heard: (
        reply({"access_token": "t"}) if heard.segments == ["token"] else reply(status=401)
    )
    async with connected(book, tmp_path, clock, more=NAMED, access=GRANTED) as connector:
        with pytest.raises(StoreDown, match="401"):
            await connector.find(LINE)
    assert len(book.asked("POST")) == 2


@pytest.mark.parametrize(
    "answer",
    [
        lambda: reply(status=400),
        lambda: reply([]),
        lambda: reply({"access_token": "a\nb"}),
        lambda: reply({"token": 1}),
    ],
)
async def test_without_a_token_nothing_is_asked_and_nothing_repeated(
    book: Book, tmp_path: Path, clock: Clock, answer: object
) -> None:
    assert callable(answer)
    book.lie = lambda _: answer()
    async with connected(book, tmp_path, clock, more=NAMED, access=GRANTED) as connector:
        with pytest.raises(StoreTrouble) as raised:
            await connector.find(LINE)
    assert {heard.segments[0] for heard in book.heard} == {"token"}
    assert "s3" not in str(raised.value)


async def test_a_token_may_come_from_another_server(book: Book, tmp_path: Path, clock: Clock) -> None:
    granting = book.lie = Granting()
    more = f'{NAMED}\ntoken_url = "{book.url}/api/token"'
    access = {"type": "client_credentials"}
    async with connected(book, tmp_path, clock, more=more, access=access) as connector:
        await connector.find(LINE)
    assert granting.granted[0].body == b"grant_type=client_credentials"
