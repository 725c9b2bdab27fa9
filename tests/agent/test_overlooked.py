"""The check says of how many numbers nobody would be found as they are written, and shows none of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from jiebang.agent.config import load
from jiebang.agent.connectors.opening import opened
from jiebang.agent.overlooked import prove_spellings
from jiebang.wire import keys
from tests.agent.directory import INDEX
from tests.agent.ldap.conftest import CONFIG, name, plain
from tests.agent.pretender import PLATFORM, Pretender
from tests.agent.test_joining import typed
from tests.agent.turning import Clock
from tests.systems.django_scim import DjangoScim
from tests.systems.kinto import Kinto
from tests.systems.slapd import PASSWORD, Slapd
from tests.systems.system import CANARY

pytestmark = pytest.mark.anyio
ODD = ["(+86)136-0012-3471", "+86.136.0012.3472", "+86.136.0012.3473"]
FOUND = ["+8613600123474", "1360-0123-475"]
"""The second is found though no spelling is written so: to a directory a hyphen is nothing."""
UNSEEN = "numbers that were looked at can be found by none of the spellings"


@pytest.fixture
def slapd(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slapd]:
    """Run a directory with nobody in it."""
    monkeypatch.setenv("TEST_LDAP_PASSWORD", PASSWORD)
    slapd = Slapd(tmp_path_factory.mktemp("slapd"))
    yield slapd
    slapd.stop()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[DjangoScim]:
    """Run a site with somebody in it whose number is written oddly."""
    site = DjangoScim()
    for variable, secret in site.secrets().items():
        monkeypatch.setenv(variable, secret)
    schema = "urn:ietf:params:scim:schemas:core:2.0:User"
    for number in ODD:
        said = {"schemas": [schema], "userName": number[-4:], "phoneNumbers": [{"value": number}]}
        assert site.call("POST", "/Users", said)
    yield site
    site.stop()


def configured(folder: Path, connector: str, *, hub: str = "http://127.0.0.1:9", region: str = "CN") -> Path:
    """Write a configuration, with this `[connector]` part."""
    if not (folder / "agent-key.json").exists():
        keys.write(keys.make(), folder / "agent-key.json")
    told = CONFIG.replace("http://127.0.0.1:9", hub).replace("par_shop", PLATFORM)
    if not region:
        told = told.replace('region = "CN"', "")
    (folder / "agent.toml").write_text(told + connector)
    return folder / "agent.toml"


async def said(path: Path, clock: Clock) -> list[str]:
    """Have it proven how the store's numbers are written."""
    config = load(path)
    async with opened(config, now=clock) as connector:
        proofs = [one async for one in prove_spellings(config, connector)]
    return [f"{one.verdict}: {one.words}" for one in proofs]


@pytest.mark.needs("slapd")
@pytest.mark.parametrize(
    ("numbers", "instead", "words"),
    [
        (FOUND, {}, "proven: Numbers that were looked at: 2."),
        ([*FOUND, *ODD], {}, f"open: 3 of 5 {UNSEEN}, so their accounts would stay unseen: add the spelling"),
        (FOUND, {"spellings": '["e164"]'}, f"open: 1 of 2 {UNSEEN}"),
        (["8001"], {}, "open: No account that was looked at has a number."),
    ],
)
async def test_numbers_of_a_directory_that_no_spelling_finds_are_counted(
    slapd: Slapd, clock: Clock, tmp_path: Path, *, numbers: Sequence[str], instead: dict[str, str], words: str
) -> None:
    for number in numbers:
        slapd.add(name(), mobile=number)
    [told] = await said(configured(tmp_path, plain(slapd, **{"spellings": "", **instead})), clock)
    assert told.startswith(words)


@pytest.mark.needs("slapd")
async def test_numbers_without_a_country_are_not_overlooked_for_want_of_a_region(
    slapd: Slapd, clock: Clock, tmp_path: Path
) -> None:
    for number in FOUND:
        slapd.add(name(), mobile=number)
    [told] = await said(configured(tmp_path, plain(slapd, spellings=""), region=""), clock)
    assert told.startswith("open: 1 of 2 numbers that were looked at cannot be read: say as region")


@pytest.mark.needs("slapd")
async def test_a_directory_that_lists_nobody_leaves_it_open(
    slapd: Slapd, clock: Clock, tmp_path: Path
) -> None:
    for number in FOUND:
        slapd.add(name(), mobile=number)
    slapd.again("limits * size.unchecked=1")
    [told] = await said(configured(tmp_path, plain(slapd)), clock)
    assert told.startswith("open: No numbers were looked at. The directory does not search so much")


async def test_numbers_of_a_scim_server_are_counted_where_its_filter_is_used(
    site: DjangoScim, clock: Clock, tmp_path: Path
) -> None:
    part = site.connector()
    [told] = await said(configured(tmp_path, part), clock)
    assert told.startswith(f"open: 3 of 4 {UNSEEN}")
    # Where everybody is read, or kept in an index, it makes no difference how numbers are written.
    for other in (part.replace('"filter"', '"pages"'), INDEX + part):
        assert await said(configured(tmp_path, other), clock) == []


async def test_numbers_behind_an_http_list_are_counted(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Kinto()
    monkeypatch.setenv(*next(iter(shop.secrets().items())))
    try:
        path = configured(tmp_path, shop.connector())
        assert await said(path, clock) == ["proven: Numbers that were looked at: 1."]
        shop.add(ODD[0])
        [told] = await said(path, clock)
    finally:
        shop.stop()
    assert told.startswith(f"open: 1 of 2 {UNSEEN}")


@pytest.mark.needs("slapd")
async def test_the_command_tells_of_it_and_shows_no_number(
    slapd: Slapd, pretender: Pretender, tmp_path: Path
) -> None:
    for number in (CANARY, *ODD):
        slapd.add(name(), mobile=number)
    configured(tmp_path, plain(slapd, can='["unbind"]'), hub=pretender.url)
    code, wrote = await typed(tmp_path, "check")
    assert (code, wrote.splitlines()[-1]) == (0, "8 proven, 1 open"), wrote
    assert f"3 of 4 {UNSEEN}" in " ".join(wrote.split())
    assert not any(number[-4:] in wrote for number in ODD)
