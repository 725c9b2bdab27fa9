"""Questions answered by OpenLDAP, against the same searches made with nothing but ldap3."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import ldap3

from bench.figures import Figure
from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.agent.dispatch import QUESTIONS_AT_ONCE
from jiebang.domain.number import Number
from tests.systems.slapd import AGENT, PASSWORD, TREE, Slapd, connector
from tests.systems.system import ABSENT, CANARY

_NUMBERS = [Number(f"+8613800{serial:06}") for serial in range(138000, 138200)]
_ROUNDS = 5
_GOAL = 0.5
_CONFIG = f"""
hub = "http://127.0.0.1:9"
platform = "par_bench"
key_file = "agent-key.json"
ledger = "ledger.db"
region = "CN"
canary = "{CANARY}"
canary_absent = "{ABSENT}"
"""
_WANTED = ["mobile", "telephoneNumber", "entryUUID", "displayName", "uid", "mail", "createTimestamp"]


def measure(directory: Path) -> Iterator[Figure]:
    """Ask for accounts, and with the log also since when each has its number: one search more."""
    slapd = Slapd(directory)
    try:
        os.environ["TEST_LDAP_PASSWORD"] = PASSWORD
        for serial, number in enumerate(_NUMBERS):
            slapd.add(f"uid=u{serial},{TREE}", mobile=number.e164, displayName="林晚秋")
        for what, instead in (("", {"accesslog": ""}), (", with their log", {})):
            lines = {"tls": '"plain"', "groups": "", **instead}
            part = connector(slapd, f"ldap://127.0.0.1:{slapd.port}", **lines)
            (directory / "agent.toml").write_text(_CONFIG + part)
            ours, bare = _rates(directory / "agent.toml", slapd, logged="accesslog" not in instead)
            yield Figure(
                what=f"answers from slapd over LDAP{what}, a second of a core",
                measured=f"{ours:,.0f}",
                against=f"the same searches by ldap3 alone: {bare:,.0f}",
                ratio=ours / bare,
                goal=f"at least {_GOAL}",
                met=ours >= _GOAL * bare,
            )
    finally:
        slapd.stop()


def _rates(config: Path, slapd: Slapd, *, logged: bool) -> tuple[float, float]:
    """Take turns; gives the best of each, in answers a second of this process's own time."""
    server = ldap3.Server("127.0.0.1", slapd.port, get_info=ldap3.NONE)
    alone = ldap3.Connection(server, AGENT, PASSWORD, auto_bind=True, raise_exceptions=True)
    pairs = [
        (_rate(lambda: asyncio.run(_ours(config))), _rate(lambda: _bare(alone, logged=logged)))
        for _ in range(_ROUNDS)
    ]
    alone.strategy.close()
    return max(ours for ours, _ in pairs), max(bare for _, bare in pairs)


def _rate(ask: Callable[[], object]) -> float:
    begun = time.process_time()
    ask()
    return len(_NUMBERS) / (time.process_time() - begun)


async def _ours(config: Path) -> None:
    """Ask as the agent does: a connector, and some questions at once."""
    room = asyncio.Semaphore(QUESTIONS_AT_ONCE)
    async with opened(load(config), now=lambda: datetime.now(UTC)) as store:

        async def _one(number: Number) -> None:
            async with room:
                found = await store.find(number)
            assert len(found.records) == 1

        await asyncio.gather(*(_one(number) for number in _NUMBERS))


def _bare(alone: ldap3.Connection, *, logged: bool) -> None:
    """Make the searches that an answer cannot do without, one after another."""
    for number in _NUMBERS:
        spelled = (number.e164, number.spelled("national_digits"))
        either = "".join(f"(mobile={text})(telephoneNumber={text})" for text in spelled)
        alone.search(TREE, f"(&(objectClass=inetOrgPerson)(|{either}))", attributes=_WANTED)
        [found] = alone.response or []
        if logged:
            own = found["raw_attributes"]["entryUUID"][0].decode()
            writes = "(|(objectClass=auditAdd)(objectClass=auditModify))"
            question = f"(&{writes}(reqEntryUUID={own})(reqResult=0))"
            alone.search("cn=accesslog", question, attributes=["objectClass", "reqStart", "reqMod"])
