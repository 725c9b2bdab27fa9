"""A platform's folder comes to what the hub has published, over a network that breaks off."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jiebang.domain.errors import BadToken
from jiebang.recycled.days import NEVER
from jiebang.recycled.mapped import MappedList, mapped
from jiebang.recycled.pull import Pulled, pull
from jiebang.recycled.refusals import NotAsSigned
from jiebang.recycled.whole import part_of
from jiebang.wire.downloads import Downloads
from tests.recycled.made import FULL, ONE, TODAY, TWO, Hub

FACTS = {FULL + at: NEVER for at in range(60_000)}
FEW = 5000


class Web(ThreadingHTTPServer):
    """Serves a folder on loopback; breaks off after so many bytes of each answer, if told to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.folder, self.breaks_off, self.ranges = folder, 0, list[str]()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        """Give a file, from some byte on."""
        path = self.server.folder / self.path.strip("/")
        if not path.exists():
            self.send_error(404)
            return
        content, wanted = path.read_bytes(), self.headers.get("Range", "")
        if wanted:
            self.server.ranges.append(wanted)
            content = content[int(wanted.removeprefix("bytes=").removesuffix("-")) :]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: self.server.breaks_off or None])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """Start a hub with one list published."""
    hub = Hub(tmp_path / "hub")
    hub.publish(FACTS)
    return hub


@pytest.fixture
def web(hub: Hub) -> Iterator[Web]:
    """Serve what the hub publishes."""
    with Web(hub.folder) as web:
        threading.Thread(target=web.serve_forever, args=(0.01,)).start()
        yield web
        web.shutdown()


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


def test_a_download_goes_on_where_it_broke_off(web: Web, hub: Hub) -> None:
    web.breaks_off = 20_000
    with pytest.raises(OSError, match="run it again"):
        pulled(web, hub)
    assert [path.name for path in (hub.folder.parent / "here").glob("*.list")] == []
    assert pulled(web, hub).fetched > 0
    assert (web.ranges[0], code(hub, FULL)) == ("bytes=20000-", NEVER)
    assert len(web.ranges) == len(set(web.ranges))


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


def test_only_the_web_is_fetched_from() -> None:
    with pytest.raises(ValueError, match="https"):
        Downloads("file:///etc")
