"""A SCIM server that lies changes nothing: a small liar stands in front of a real one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from pathlib import Path

import pytest
from aiohttp import web

from jiebang.agent import errors
from jiebang.agent.canary import Verdict, prove_store
from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Connector, Effect
from jiebang.agent.connectors.opening import opened
from jiebang.agent.errors import Ambiguous, HalfDone, StoreDown, StoreRefuses, StoreTrouble, Unsound
from jiebang.domain.number import Number
from jiebang.wire import keys
from tests.agent.turning import Clock
from tests.systems.django_scim import DjangoScim
from tests.systems.liar import Liar, Lie, Said, Truth, after, honest, only, slow, status

pytestmark = pytest.mark.anyio
lines = (Number(f"+861380015{serial}") for serial in count(8000))
ELSE = "+8613900139000"

Opener = Callable[..., AbstractAsyncContextManager[Connector]]
HEAD = """
hub = "http://127.0.0.1:9"
platform = "par_site"
key_file = "agent-key.json"
ledger = "ledger.db"
region = "CN"
canary = "+8613700137000"
canary_absent = "+8613700137999"
most_records = 3
"""


@pytest.fixture
def line() -> Number:
    """Give a number that no other test has used."""
    return next(lines)


@pytest.fixture
async def liar(django_scim: DjangoScim) -> AsyncIterator[Liar]:
    """Stand in front of the site, honestly until a test says otherwise."""
    async with Liar(django_scim.url) as liar:
        yield liar


@pytest.fixture
def through(
    liar: Liar, django_scim: DjangoScim, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Opener:
    """Open a connector to the site through the liar."""
    for name, value in django_scim.secrets().items():
        monkeypatch.setenv(name, value)
    keys.write(keys.make(), tmp_path / "agent-key.json")

    @asynccontextmanager
    async def _open(**put: str) -> AsyncIterator[Connector]:
        told = django_scim.connector(liar.url)
        for name, value in put.items():
            told = told.replace('find = "filter"', f'find = "filter"\n{name} = {value}')
        told = told.replace('find = "filter"\nfind', "find")
        (tmp_path / "agent.toml").write_text(HEAD + told)
        async with opened(load(tmp_path / "agent.toml"), now=clock) as connector:
            yield connector

    return _open


async def failures(connector: Connector, tmp_path: Path) -> str:
    """Prove a store on its canary, and say what failed."""
    proofs = [proven async for proven in prove_store(load(tmp_path / "agent.toml"), connector)]
    return " ".join(proven.words for proven in proofs if proven.verdict is Verdict.FAILED)


def found(*accounts: dict[str, object], total: int | None = None) -> Lie:
    """Find these accounts, whatever is asked for."""

    async def _lie(_request: web.Request, truth: Truth) -> Said:
        said = await truth()
        listed = {"totalResults": len(accounts) if total is None else total, "Resources": list(accounts)}
        return said.saying(said.json() | listed) if "totalResults" in said.json() else said

    return _lie


ANOTHER: dict[str, object] = {"id": "77", "userName": "another", "phoneNumbers": [{"value": ELSE}]}


@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        (found(ANOTHER), "finds a number that cannot exist"),
        (found(), "Nothing has the canary's number"),
        (found(total=1), "finds a number that cannot exist"),
        (found({"userName": "nobody"}), "accounts without an id"),
        (only(status(400), method="POST", part=".search"), "says itself that it cannot filter"),
        (only(status(302, Location="/elsewhere"), method="POST", part=".search"), "refuses with 302"),
        (only(status(404), method="POST", part=".search"), 'connector.search = "get"'),
        (status(500), "The server says 500"),
    ],
)
async def test_an_agent_does_not_start_on_a_lie(
    liar: Liar, through: Opener, tmp_path: Path, lie: Lie, sentence: str
) -> None:
    async with through() as connector:
        assert await failures(connector, tmp_path) == ""
        liar.lie = lie
        assert sentence in await failures(connector, tmp_path)


@pytest.mark.parametrize(
    "put",
    [{}, {"search": '"get"'}, {"find": '"list"'}, {"find": '"pages"'}],
    ids=lambda put: "".join(put.values()),
)
async def test_an_address_with_no_accounts_below_is_said_to_be_wrong(
    liar: Liar, through: Opener, tmp_path: Path, put: dict[str, str]
) -> None:
    liar.lie = status(404)
    async with through(**put) as connector:
        assert "connector.url" in await failures(connector, tmp_path)


async def test_a_server_that_takes_off_every_number_is_found_out_on_the_canary(
    liar: Liar, through: Opener, django_scim: DjangoScim, tmp_path: Path
) -> None:
    removed = []

    async def _take_all(request: web.Request, _truth: Truth) -> Said:
        removed.append(await request.read())
        return Said(status=204)

    async def _has_none(_request: web.Request, truth: Truth) -> Said:
        said = await truth()
        return said.saying({**said.json(), "phoneNumbers": []}) if removed else said

    async def _lie(request: web.Request, truth: Truth) -> Said:
        return await (_take_all if request.method == "PATCH" else _has_none)(request, truth)

    liar.lie = _lie
    async with through() as connector:
        assert "knows no value filter" in await failures(connector, tmp_path)
    assert len(removed) == 1
    assert django_scim.numbers(django_scim.canary) == ["+8613700137000"]


async def test_a_change_that_a_server_has_only_accepted_is_looked_for_and_not_sent_again(
    liar: Liar, through: Opener, django_scim: DjangoScim, line: Number
) -> None:
    handle = django_scim.add(line.e164, ELSE)
    async with through() as connector:
        for code in (202, 409):
            liar.lie = only(status(code), method="PATCH")
            with pytest.raises(StoreDown, match="has not made it yet"):
                await connector.unbind(handle, line)
    assert [heard.split()[0] for heard in liar.heard].count("PATCH") == 1
    assert django_scim.numbers(handle) == [line.e164, ELSE]


@pytest.mark.parametrize(
    ("lie", "trouble"),
    [
        (only(status(200), method="PATCH"), StoreRefuses),
        (only(after(202), method="PATCH"), None),
        (only(status(204), method="PATCH"), HalfDone),
        (only(status(400), method="PATCH"), Ambiguous),
        (only(status(501), method="PATCH"), Ambiguous),
        (only(status(500), method="PATCH"), StoreDown),
        (only(status(412), method="PATCH"), StoreDown),
        (only(status(307, Location="/scim/v2/Users/1"), method="PATCH"), StoreRefuses),
        (only(after(500), method="PATCH"), StoreDown),
        (only(after(404), method="PATCH"), None),
    ],
)
async def test_what_a_server_says_of_a_change_is_not_believed(
    liar: Liar,
    through: Opener,
    django_scim: DjangoScim,
    line: Number,
    *,
    lie: Lie,
    trouble: type[StoreTrouble] | None,
) -> None:
    handle = django_scim.add(line.e164, ELSE)
    liar.lie = lie
    before = django_scim.snapshot()
    async with through() as connector:
        if trouble is None:
            assert await connector.unbind(handle, line) is Effect.DONE
        else:
            with pytest.raises(trouble) as raised:
                await connector.unbind(handle, line)
            assert line.e164 not in str(raised.value)
            off = django_scim.numbers(handle) == [ELSE]
            assert off or django_scim.snapshot() == before
            liar.lie = honest
            assert await connector.unbind(handle, line) is (Effect.GONE if off else Effect.DONE)
    assert django_scim.numbers(handle) == [ELSE]


async def test_a_deletion_that_does_not_happen_is_found_out(
    liar: Liar, through: Opener, django_scim: DjangoScim, line: Number
) -> None:
    handle = django_scim.add(line.e164)
    liar.lie = only(status(204), method="DELETE")
    async with through() as connector:
        with pytest.raises(HalfDone, match="has the number still"):
            await connector.deregister(handle, line)
        assert django_scim.is_open(handle)
        liar.lie = honest
        assert await connector.deregister(handle, line) is Effect.DONE
    assert not django_scim.is_open(handle)


async def test_an_account_that_lost_its_number_and_is_open_still_is_not_said_to_be_as_it_was(
    liar: Liar, through: Opener, django_scim: DjangoScim, line: Number
) -> None:
    async def _open(_request: web.Request, truth: Truth) -> Said:
        said = await truth()
        return said.saying(said.json() | {"active": True})

    handle = django_scim.add(line.e164)
    liar.lie = only(_open, method="GET")
    async with through(deregister='"deactivate"') as connector:
        with pytest.raises(HalfDone, match="took the number off, and the account is open still"):
            await connector.deregister(handle, line)
    assert django_scim.numbers(handle) == []


async def test_another_is_a_stranger_and_everybody_too_many(
    liar: Liar, through: Opener, line: Number
) -> None:
    async with through() as connector:
        liar.lie = found(ANOTHER)
        answered = await connector.find(line)
        assert (answered.records, answered.strangers) == ((), 1)
        liar.lie = found(*(ANOTHER | {"id": str(own)} for own in range(4)))
        with pytest.raises(errors.TooManyRecords):
            await connector.find(line)


async def test_pages_that_do_not_add_up_are_no_answer(liar: Liar, through: Opener, line: Number) -> None:
    own = {**ANOTHER, "phoneNumbers": [{"value": line.e164}]}
    async with through() as connector:
        liar.lie = found(total=2)
        with pytest.raises(Unsound, match="fewer accounts than it says"):
            await connector.find(line)
        liar.lie = found(own, total=2)
        with pytest.raises(Ambiguous, match="on two pages"):
            await connector.find(line)


@pytest.mark.parametrize("junk", [[], ["+86"], "x", {"value": "+86"}, [{"value": 7}], None])
async def test_junk_in_an_account_is_no_number(
    liar: Liar, through: Opener, line: Number, junk: object
) -> None:
    liar.lie = found({"id": "9", "phoneNumbers": junk, "meta": junk, "userName": junk, "displayName": junk})
    async with through() as connector:
        assert (await connector.find(line)).records == ()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [(b" " * (65 * 2**20), "longer than any"), (b"[" * 200_000 + b"]" * 200_000, "not answer in JSON")],
    ids=["long", "deep"],
)
async def test_an_answer_without_an_end_is_not_listened_to(
    liar: Liar, through: Opener, line: Number, body: bytes, sentence: str
) -> None:
    async def _endless(_request: web.Request, _truth: Truth) -> Said:
        return Said(body=body)

    liar.lie = _endless
    async with through() as connector:
        with pytest.raises(StoreRefuses, match=sentence):
            await connector.find(line)


async def test_a_slow_server_is_waited_for(
    liar: Liar, through: Opener, django_scim: DjangoScim, line: Number
) -> None:
    handle = django_scim.add(line.e164)
    liar.lie = slow(0.2)
    async with through() as connector:
        effects = await asyncio.gather(*(connector.unbind(handle, line) for _ in range(3)))
    assert sorted(effects) == [Effect.DONE, Effect.GONE, Effect.GONE]
    assert json.dumps(django_scim.snapshot()).count(line.e164) == 0
