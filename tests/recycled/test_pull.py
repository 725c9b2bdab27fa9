"""A platform's folder comes to what the hub has published, over a network that breaks off."""

import fcntl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from jiebang.domain.errors import BadToken
from jiebang.recycled.days import NEVER
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.publish import LATEST, SEALED
from jiebang.recycled.pull import Pulled, pull
from jiebang.recycled.refusals import InTheMaking, NotAsSigned, NothingPublished
from jiebang.recycled.whole import part_of
from jiebang.wire.downloads import Downloads
from tests.recycled.made import FULL, ONE, TODAY, TWO, Hub
from tests.recycled.web import Web, served

FACTS = {FULL + at: NEVER for at in range(60_000)}
FEW = 5000


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """Start a hub with one list published."""
    hub = Hub(tmp_path / "hub")
    hub.publish(FACTS)
    return hub


@pytest.fixture
def web(hub: Hub) -> Iterator[Web]:
    """Serve what the hub publishes."""
    with served(hub.folder) as web:
        yield web


def pulled(web: Web, hub: Hub) -> Pulled:
    """Bring the platform's folder up to date."""
    return pull(hub.folder.parent / "here", Downloads(web.url), unseal=hub.unseal)


def code(hub: Hub, number: int) -> int:
    """What the platform's list says of a number."""
    (path,) = (hub.folder.parent / "here").glob("*.list")
    return MappedList(mapped(path)).code(number)


def test_the_first_time_the_whole_list_is_fetched_and_then_nothing(web: Web, hub: Hub) -> None:
    assert pulled(web, hub).fetched == 4096 + 6 * 20008
    assert pulled(web, hub).fetched == 0
    assert code(hub, FULL) == NEVER


def test_where_nothing_is_published_it_is_said_so(web: Web, hub: Hub) -> None:
    with pytest.raises(NothingPublished, match="such as https"):
        pull(hub.folder.parent / "here", Downloads(web.url + "/hub"), unseal=hub.unseal)
    assert list((hub.folder.parent / "here").iterdir()) == []


def test_later_only_what_changed_is_fetched_however_many_days(web: Web, hub: Hub) -> None:
    pulled(web, hub)
    for later in (1, 2, 3):
        hub.publish({**FACTS, FULL: 400 + later, TWO: 500}, on=TODAY + timedelta(days=later))
    done = pulled(web, hub)
    assert (done.deltas, code(hub, FULL), code(hub, TWO)) == (3, 403, 500)
    assert done.fetched < 4 * FEW
    newest = hub.folder / done.manifest.name
    assert (hub.folder.parent / "here" / newest.name).read_bytes() == newest.read_bytes()


def test_the_whole_list_is_fetched_where_deltas_would_be_longer_or_are_gone(web: Web, hub: Hub) -> None:
    pulled(web, hub)
    hub.publish({ONE: 400}, on=TODAY + timedelta(days=1))
    assert (pulled(web, hub).deltas, code(hub, ONE)) == (0, 400)
    hub.publish({ONE: 401}, on=TODAY + timedelta(days=2))
    for delta in hub.folder.glob("*.delta"):
        delta.unlink()
    assert (pulled(web, hub).deltas, code(hub, ONE)) == (0, 401)


def test_the_whole_list_is_fetched_and_counted_where_a_delta_is_gone_but_not_its_manifest(
    web: Web, hub: Hub
) -> None:
    pulled(web, hub)
    hub.publish({**FACTS, FULL: 401}, on=TODAY + timedelta(days=1))
    for delta in hub.folder.glob("*.delta"):
        delta.unlink()
    done = pulled(web, hub)
    assert (done.deltas, done.fetched) == (0, done.manifest.size)
    assert code(hub, FULL) == 401


def test_a_download_goes_on_where_it_broke_off(web: Web, hub: Hub) -> None:
    web.breaks_off = 20_000
    with pytest.raises(OSError, match="run it again"):
        pulled(web, hub)
    assert [path.name for path in (hub.folder.parent / "here").glob("*.list")] == []
    assert pulled(web, hub).fetched > 0
    assert (web.ranges[0], code(hub, FULL)) == ("bytes=20000-", NEVER)
    assert len(web.ranges) == len(set(web.ranges))


def test_how_much_has_come_is_told_over_all_that_is_taken(web: Web, hub: Hub) -> None:
    pulled(web, hub)
    for day, changed_on in enumerate((401, 402, 403), start=1):
        hub.publish({**FACTS, FULL: changed_on}, on=TODAY + timedelta(days=day))
    shares: list[float] = []
    done = pull(hub.folder.parent / "here", Downloads(web.url), unseal=hub.unseal, told=shares.append)
    assert done.deltas == 3
    assert (shares, shares[-1]) == (sorted(set(shares)), 1.0)
    assert len(shares) >= 3


def test_what_is_not_as_signed_is_not_used_and_fetched_anew(web: Web, hub: Hub) -> None:
    (path,) = hub.folder.glob("*.list")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"?")
    with pytest.raises(NotAsSigned):
        pulled(web, hub)
    here = hub.folder.parent / "here"
    assert [one.name for one in here.iterdir()] == []
    path.write_bytes(whole)
    part_of(here / path.name).write_bytes(b"something else")
    with pytest.raises(NotAsSigned):
        pulled(web, hub)
    pulled(web, hub)
    assert code(hub, FULL) == NEVER


def test_a_hub_that_goes_back_or_signs_with_another_key_is_refused(web: Web, hub: Hub) -> None:
    pulled(web, hub)
    hub.publish({ONE: NEVER}, on=TODAY - timedelta(days=1))
    with pytest.raises(NotAsSigned, match="older"):
        pulled(web, hub)
    with pytest.raises(BadToken):
        pull(hub.folder.parent / "here", Downloads(web.url), unseal=Hub(hub.folder).unseal)


def test_a_list_that_was_spoilt_on_the_platforms_disk_is_fetched_anew(web: Web, hub: Hub) -> None:
    pulled(web, hub)
    (path,) = (hub.folder.parent / "here").glob("*.list")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert (pulled(web, hub).fetched > 0, code(hub, FULL)) == (True, NEVER)


def test_an_earlier_list_stays_until_the_newest_is_in_its_place(web: Web, hub: Hub) -> None:
    old = pulled(web, hub).manifest.name
    here = hub.folder.parent / "here"
    newest = hub.publish({**FACTS, FULL: 401}, on=TODAY + timedelta(days=1)).name
    with part_of(here / LATEST).open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # somebody else is writing it, for as long as it takes
        with pytest.raises(InTheMaking):
            pulled(web, hub)
        assert {path.name for path in here.glob("*.list")} == {old, newest}
    assert pulled(web, hub).manifest.name == newest
    assert {path.name for path in here.glob("*.list")} == {newest}


def test_what_those_left_who_were_killed_is_cleared_away(web: Web, hub: Hub) -> None:
    pulled(web, hub)
    here = hub.folder.parent / "here"
    hub.publish({**FACTS, FULL: 401}, on=TODAY + timedelta(days=1))
    for left in (part_of(here / "2026-11-23-0.list").name, "2026-11-23-0.delta", "step-2026-11-23-0.delta"):
        (here / left).write_bytes(b"half of it")
    newest = pulled(web, hub).manifest.name
    assert {path.name for path in here.iterdir()} == {LATEST, newest, newest + SEALED}


def test_only_the_web_is_fetched_from() -> None:
    with pytest.raises(ValueError, match="https"):
        Downloads("file:///etc")
