"""Questions answered by OpenLDAP, against the same searches made with nothing but ldap3."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import ldap3

from bench.beside import CONFIG, Ask, compared
from bench.figures import Figure
from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.domain.number import Number
from tests.systems.slapd import AGENT, PASSWORD, TREE, Slapd, connector

_NUMBERS = [Number(f"+8613800{serial:06}") for serial in range(138000, 138200)]
_WANTED = ["mobile", "telephoneNumber", "entryUUID", "displayName", "uid", "mail", "createTimestamp"]


def measure(directory: Path) -> Iterator[Figure]:
    """Ask for accounts, and with the log also since when each has its number: one search more."""
    slapd = Slapd(directory)
    try:
        os.environ["TEST_LDAP_PASSWORD"] = PASSWORD
        for serial, number in enumerate(_NUMBERS):
            slapd.add(f"uid=u{serial},{TREE}", mobile=number.e164, displayName="林晚秋")
        for what, instead in (("LDAP", {"accesslog": ""}), ("LDAP, with its log", {})):
            lines = {"tls": '"plain"', "groups": "", **instead}
            part = connector(slapd, f"ldap://127.0.0.1:{slapd.port}", **lines)
            (directory / "agent.toml").write_text(CONFIG + part)
            yield asyncio.run(_measured(what, directory / "agent.toml", slapd=slapd))
    finally:
        slapd.stop()


async def _measured(what: str, config: Path, *, slapd: Slapd) -> Figure:
    server = ldap3.Server("127.0.0.1", slapd.port, get_info=ldap3.NONE)
    alone = ldap3.Connection(server, AGENT, PASSWORD, auto_bind=True, raise_exceptions=True)
    bare = _bare(alone, logged="log" in what)
    async with opened(load(config), now=lambda: datetime.now(UTC)) as store:
        figure = await compared(
            what, _NUMBERS, ours=store.find, bare=bare, against="the same searches by ldap3 alone"
        )
    alone.strategy.close()
    return figure


def _bare(alone: ldap3.Connection, *, logged: bool) -> Ask:
    """Make the searches that an answer cannot do without, one after another."""

    async def _search(number: Number) -> None:
        spelled = (number.e164, number.spelled("national_digits"))
        either = "".join(f"(mobile={text})(telephoneNumber={text})" for text in spelled)
        alone.search(TREE, f"(&(objectClass=inetOrgPerson)(|{either}))", attributes=_WANTED)
        [found] = alone.response or []
        if logged:
            own = found["raw_attributes"]["entryUUID"][0].decode()
            writes = "(|(objectClass=auditAdd)(objectClass=auditModify))"
            question = f"(&{writes}(reqEntryUUID={own})(reqResult=0))"
            alone.search("cn=accesslog", question, attributes=["objectClass", "reqStart", "reqMod"])

    return _search
