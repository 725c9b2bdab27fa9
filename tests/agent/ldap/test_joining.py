"""What `jiebang agent init` writes for a directory is enough for it, as it stands."""

from pathlib import Path

import pytest

from jiebang.agent.config import load
from jiebang.agent.connectors.contract import Effect
from jiebang.agent.connectors.ldap.store import LdapStore
from jiebang.agent.connectors.opening import opened
from jiebang.domain.number import Number
from tests.agent.ldap.conftest import Opener, name
from tests.agent.test_joining import SAID, typed
from tests.agent.turning import Clock
from tests.systems.slapd import AGENT, TREE, Slapd

pytestmark = [pytest.mark.anyio, pytest.mark.needs("slapd")]
KEEPER = f"uid=keeper,{TREE}"
NAMED_BY = {"groupOfNames": "member", "groupOfUniqueNames": "uniqueMember", "posixGroup": "memberUid"}


async def joined(slapd: Slapd, folder: Path, **said: str) -> Path:
    """Answer as a platform whose people are in one part of the directory, and whose groups are in another."""
    asked = {
        "hub": "https://hub.example", "url": f"ldap://127.0.0.1:{slapd.port}", "bind_dn": AGENT,
        "base": f"ou=people,{TREE}", "password_env": "TEST_LDAP_PASSWORD", "can": "unbind,deregister",
    }  # fmt: skip
    code, wrote = await typed(
        folder, "init", "--accounts", "ldap", "--overwrite", said={**SAID, **asked, **said}
    )
    assert code == 0, wrote
    path = folder / "agent.toml"
    path.write_text(path.read_text().replace("[connector]", '[connector]\ntls = "plain"'))
    return path


@pytest.mark.usefixtures("configured")
async def test_an_account_that_is_deleted_is_in_no_group_any_more(
    slapd: Slapd, line: Number, clock: Clock, tmp_path: Path
) -> None:
    for place in ("people", "groups"):
        slapd.admin.add(f"ou={place},{TREE}", ["organizationalUnit"])
    handle = slapd.add(leaver := f"uid=wx,ou=people,{TREE}", mobile=line.e164)
    for kind, named in NAMED_BY.items():
        members = ["wx", "keeper"] if named == "memberUid" else [leaver, KEEPER]
        number = {"gidNumber": "1"} if named == "memberUid" else {}
        slapd.admin.add(f"cn={kind},ou=groups,{TREE}", [kind], {named: members, **number})
    path = await joined(slapd, tmp_path)
    async with opened(load(path), now=clock) as connector:
        await connector.check()
        assert await connector.deregister(handle, line) is Effect.DONE
    for kind, named in NAMED_BY.items():
        [left] = slapd.entries(f"({named}=*)", named, tree=f"cn={kind},ou=groups,{TREE}")
        assert left[named] == ["keeper" if named == "memberUid" else KEEPER]


@pytest.mark.parametrize(
    ("base", "top"),
    [("ou=people,dc=shop,dc=example", "dc=shop,dc=example"), ("ou=staff,o=Shop\\, Inc", "o=Shop\\2C Inc")],
)
async def test_groups_are_looked_for_in_the_whole_directory_unless_it_is_said_where(
    slapd: Slapd, tmp_path: Path, base: str, top: str
) -> None:
    for said, place in (({}, top), ({"group_base": "ou=groups,o=Shop"}, "ou=groups,o=Shop")):
        store = load(await joined(slapd, tmp_path, base=base, **said)).connector
        assert isinstance(store, LdapStore)
        assert (store.group_tree, store.groups) == (place, ("member", "uniqueMember", "memberUid"))


async def test_an_agent_that_would_leave_a_deleted_account_in_its_groups_says_so(
    slapd: Slapd, connected: Opener, line: Number
) -> None:
    handle = slapd.add(name(), mobile=line.e164)
    async with connected(groups="[]") as connector:
        assert "stays in its groups" in await connector.rehearse(handle, line)
    async with connected() as connector:
        assert "groups" not in await connector.rehearse(handle, line)
