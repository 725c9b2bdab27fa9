"""
An agent that is wrong in one line fails exactly the checks that it must, and no others.

Each is the agent of docs/learn/write-a-platform.md with one line put otherwise. They are tried all at once,
because most of an inspection is waiting.
"""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path

import pytest

from jiebang.sandbox.program import free_port
from jiebang.wire import keys
from tests.conformance.the_page import agent
from tests.conformance.trying import ONE, TWO, fallen, inspection_in, tried

AT_ONCE = 9
"""Inspections side by side: a machine with two cores is to be busy, and not late."""

FAULTS: dict[str, tuple[str, str, set[str]]] = {
    "confirms before it has dealt with a letter": (
        "        if answers:",
        '        call("POST", inbox, json={"ack": done, "maxEvents": 0})\n        if answers:',
        {"confirmed-afterwards"},
    ),
    "ignores signatures": (
        'jws.deserialize_compact(token, keys, algorithms=["ES256"])',
        "jws.extract_compact(token.encode())",
        {"wrong-signature", "no-signature", "unknown-key", "retired-key"},
    ),
    "ignores for whom a letter is": (
        '("typ", "iss", "aud", "jti")] != ["secevent+jwt", HUB, ME, jti]',
        '("typ", "iss", "jti")] != ["secevent+jwt", HUB, jti]',
        {"wrong-audience"},
    ),
    "ignores from whom a letter is": (
        '("typ", "iss", "aud", "jti")] != ["secevent+jwt", HUB, ME, jti]',
        '("typ", "aud", "jti")] != ["secevent+jwt", ME, jti]',
        {"wrong-issuer"},
    ),
    "takes any token for a letter": (
        '("typ", "iss", "aud", "jti")] != ["secevent+jwt", HUB, ME, jti]',
        '("iss", "aud", "jti")] != [HUB, ME, jti]',
        {"wrong-type"},
    ),
    "never fetches keys again": (
        'if jws.extract_compact(token.encode()).headers()["kid"] not in [key.kid for key in keys.keys]:',
        "if not keys.keys:",
        {"new-key", "retired-key"},
    ),
    "never signs in again": (
        "    sign_in()\n",
        '    if "Authorization" not in http.headers: sign_in()\n',
        {"new-token"},
    ),
    "signs in for an hour": ('"exp": at + 60', '"exp": at + 3600', {"assertion"}),
    "signs in at another hub": ('"aud": HUB, "jti"', '"aud": "https://other.example", "jti"', {"assertion"}),
    "signs in as two": ('"sub": ME', '"sub": "par_another"', {"assertion"}),
    "gives up when the hub is away": (
        "except requests.RequestException:",
        "except requests.HTTPError:",
        {"hub-away"},
    ),
    "acts twice on one letter": (
        "update orders set told = null where id = ? and attempt = ?",
        "update orders set told = null, outcome = nullif(outcome, 'fulfilled') where id = ? and attempt = ?",
        {"delivered-twice"},
    ),
    "does not believe old letters": (
        '!= ["secevent+jwt", HUB, ME, jti]:',
        '!= ["secevent+jwt", HUB, ME, jti] or claims["iat"] < time.time() - 3600:',
        {"delivered-late"},
    ),
    "does not act on another attempt": (
        "where id = ?1 and attempt >= ?2)",
        "where id = ?1)",
        {"another-attempt"},
    ),
    "does not honour revocations": (
        "ledger.execute(\"replace into orders (id, attempt, outcome) values (?, ?, 'revoked')\", row)",
        "pass",
        {"revoked-first", "revoked-together", "revoked-while-it-waits"},
    ),
    "does not wait for objections": (
        "outcome is null and act_at <= ?",
        "outcome is null and ? > 0",
        {"objection-time", "revoked-while-it-waits"},
    ),
    "passes over what is overdue": ("if event in (UNBIND, OVERDUE):", "if event == UNBIND:", {"overdue"}),
    "unbinds by handle, whatever the number": (
        'set number = null where id = ? and number = ?", [handle, number])',
        'set number = null where id = ?", [handle])',
        {"other-record"},
    ),
    "says fulfilled and does nothing": (
        'shop.execute("update customer set number = null where id = ? and number = ?", [handle, number])',
        "pass",
        {"second-look", "another-attempt", "delivered-late", "overdue"},
    ),
    "denies what is gone already": (
        'shop.execute("select 1 from customer where id = ?", [handle]).fetchone()',
        'shop.execute("select changes()").fetchone()[0]',
        {"already-gone"},
    ),
    "signs receipts for another letter": ('"letter": letter}', '"letter": "0" * 64}', {"receipts"}),
    "signs receipts for another hub": (
        '{"iss": ME, "aud": HUB, "letter"',
        '{"iss": ME, "aud": "https://other.example", "letter"',
        {"receipts"},
    ),
    "does not mask": ('name[0] + "***"', "name + at + '13700137001'", {"answers-shape"}),
    "has words of its own": ('"class": "shopping"', '"class": "shop"', {"answers-shape"}),
    "tells no instant": ('"at": at} |', '"at": at[:10]} |', {"outcomes-shape"}),
    "finds a number in one spelling only": (
        r'if not re.fullmatch(r"\+[1-9]\d{6,14}", number):',
        "if not number:",
        {"odd-spellings"},
    ),
    "complains of everything that it does not know": (
        "    return []\n\n\ndef settle",
        "    return [] if event in EVENTS else said[None]\n\n\ndef settle",
        {"letters-about-the-stream"},
    ),
}  # fmt: skip


def test_the_agent_that_they_are_made_of_is_right_and_each_is_one_line(
    inspections: dict[str, dict[str, str]],
) -> None:
    whole = agent(port=1)
    assert inspections["right"] == {}
    assert [name for name, (line, _, _) in FAULTS.items() if whole.count(line) != 1] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_agent_fails_the_checks_that_it_must_and_no_others(
    inspections: dict[str, dict[str, str]], fault: str
) -> None:
    assert set(inspections[fault]) == FAULTS[fault][2], inspections[fault]


@pytest.fixture(scope="module")
def inspections(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Try every agent; gives by its fault what it fell by."""

    async def _all() -> dict[str, dict[str, str]]:
        room = asyncio.Semaphore(AT_ONCE)
        wrong = {name: (line, otherwise) for name, (line, otherwise, _) in FAULTS.items()}
        names = {"right": ("", ""), **wrong}
        tries = [_one(tmp_path_factory.mktemp("platform"), room, put=put) for put in names.values()]
        return dict(zip(names, await asyncio.gather(*tries), strict=True))

    return asyncio.run(_all())


async def _one(folder: Path, room: asyncio.Semaphore, *, put: tuple[str, str]) -> dict[str, str]:
    async with room:
        port, key = free_port(), keys.make()
        written = agent(port=port)
        (folder / "agent.py").write_text(written.replace(*put) if put[0] else written)
        keys.write(key, folder / "key.json")
        (folder / "public.json").write_text(json.dumps(key.public_set()))

        async def restore() -> None:
            await asyncio.to_thread(_put_back, folder / "shop.db")

        inspection = inspection_in(folder, port=port, patience=6)
        return fallen(await tried([sys.executable, "agent.py"], inspection, folder=folder, restore=restore))


def _put_back(path: Path) -> None:
    with sqlite3.connect(path, timeout=30) as shop:
        shop.execute("create table if not exists customer (id integer primary key, name, number, bound_at)")
        shop.execute("delete from customer")
        rows = [(1, "晚秋", ONE), (2, "知远", TWO), (3, "青禾", TWO)]
        shop.executemany("insert into customer values (?, ?, ?, '2020-03-01T12:00:00+08:00')", rows)
    shop.close()
