"""A list that is not to the last byte what the hub has signed is refused before a byte of it is used."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.util import urlsafe_b64encode
from typer.testing import CliRunner

from jiebang.cli import app
from jiebang.domain.errors import BadToken
from jiebang.recycled.days import NEVER
from jiebang.recycled.publish import LATEST, SEALED
from jiebang.recycled.pull import pull
from jiebang.recycled.refusals import NotAList
from jiebang.wire import keys
from jiebang.wire.downloads import Downloads
from jiebang.wire.seals import seal
from tests.recycled.made import FULL, ONE, TODAY, Hub
from tests.recycled.web import served

FACTS = {FULL + at: NEVER for at in range(20_000)}
ANOTHER = keys.make()
Spoil = Callable[[Hub, Path], object]


def byte(share: float) -> Spoil:
    """Change one bit of a file, so far into it."""

    def spoil(_: Hub, path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[int(share * (len(content) - 1))] ^= 1
        path.write_bytes(content)

    return spoil


def cut(share: float) -> Spoil:
    """Cut a file off."""
    return lambda _, path: path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


def a_delta(hub: Hub, path: Path) -> None:
    """Put a delta of the hub's own, with its manifest, where its list belongs."""
    for end in ("", SEALED):
        path.with_name(path.name + end).write_bytes(path.with_name(path.stem + ".delta" + end).read_bytes())
    (hub.folder / LATEST).write_bytes(path.with_name(path.name + SEALED).read_bytes())


def sealed(change: Callable[[Hub, str], str]) -> Spoil:
    """Change a signed manifest, wherever it lies."""

    def spoil(hub: Hub, path: Path) -> None:
        beside = path.with_name(path.name + SEALED)
        said = change(hub, beside.read_text())
        for manifest in (beside, hub.folder / LATEST) if path.suffix == ".list" else (beside,):
            manifest.write_text(said)

    return spoil


def signed_anew(**said: object) -> Spoil:
    """Let the hub itself sign a manifest of something else."""

    def change(hub: Hub, was: str) -> str:
        manifest = json.loads(hub.unseal(was)) | said
        return seal(json.dumps(manifest).encode(), hub.key)

    return sealed(change)


def of_another(_hub: Hub, was: str) -> str:
    """Put another manifest between a head and a signature that are the hub's."""
    head, _, signature = was.split(".")
    return f"{head}.{urlsafe_b64encode(b'{}').decode()}.{signature}"


def as_a_letter(hub: Hub, was: str) -> str:
    """Sign the same, and say that it is a letter."""
    return jws.serialize_compact(hub.key.header("secevent+jwt"), hub.unseal(was), hub.key.private)


SPOILS: dict[str, Spoil] = {
    "its first byte": byte(0),
    "its head": byte(0.0005),
    "a block": byte(0.5),
    "a key": byte(1),
    "nothing is left of it": cut(0),
    "half of it": cut(0.5),
    "it was cut off": cut(0.9999),
    "its manifest is another": sealed(of_another),
    "its signature": sealed(lambda _hub, was: was[:-9] + ("A" if was[-9] != "A" else "B") + was[-8:]),
    "no signature": sealed(lambda _, was: was.rpartition(".")[0] + "."),
    "no manifest": sealed(lambda _, was: was[:0]),
    "a manifest of odd bytes": sealed(lambda _, was: was[:-1] + "é"),
    "another's key": sealed(lambda hub, was: seal(hub.unseal(was), ANOTHER)),
    "a signature on something else": sealed(as_a_letter),
    "another size": signed_anew(size=4096),
    "other digests": signed_anew(pieces=("00" * 32,)),
    "no digests": signed_anew(pieces=()),
    "another version": signed_anew(version=2),
}  # fmt: skip
OF_A_LIST: dict[str, Spoil] = {
    **SPOILS,
    "a delta": a_delta,
    "other numbers": signed_anew(numbers=1),
}


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """Publish two lists, the second with a delta."""
    hub = Hub(tmp_path / "hub")
    hub.publish(FACTS)
    hub.publish({**FACTS, ONE: 700}, on=TODAY + timedelta(days=1))
    (hub.folder / "keys.json").write_text(json.dumps(hub.key.public_set()))
    return hub


def newest(hub: Hub, suffix: str = ".list") -> Path:
    """Find what was published last."""
    (path,) = hub.folder.glob(f"{TODAY + timedelta(days=1)}*{suffix}")
    return path


def screened(hub: Hub, published: Path) -> tuple[int, bool]:
    """Screen a record that should come out; gives the exit code, and whether anything did."""
    users, out = hub.folder / "users.csv", hub.folder / "out.csv"
    users.write_text(f"number,bound_on\n+{ONE},1950-01-01\n")
    done = CliRunner().invoke(app, ["screen", str(users), "--list", str(published), "-o", str(out)])
    return done.exit_code, out.exists()


def test_a_list_that_is_as_signed_is_used(hub: Hub) -> None:
    assert screened(hub, newest(hub)) == screened(hub, hub.folder) == (0, True)


@pytest.mark.parametrize("what", OF_A_LIST)
def test_a_list_that_is_not_as_signed_is_neither_used_nor_taken(hub: Hub, what: str) -> None:
    OF_A_LIST[what](hub, newest(hub))
    assert screened(hub, newest(hub)) == screened(hub, hub.folder) == (2, False)
    here = hub.folder / "here"
    with served(hub.folder) as web, pytest.raises((NotAList, BadToken, OSError)):
        pull(here, Downloads(web.url), unseal=hub.unseal)
    assert list(here.glob("*.list")) == list(here.glob("*.jws")) == []


def test_of_a_manifest_of_odd_bytes_it_is_said_that_it_is_not_signed(hub: Hub) -> None:
    (hub.folder / LATEST).write_bytes("签名".encode())
    done = CliRunner().invoke(app, ["list", "show", str(hub.folder)])
    assert (done.exit_code, "not signed by these keys" in " ".join(done.output.split())) == (2, True)


def test_a_list_with_more_at_its_end_is_not_used(hub: Hub) -> None:
    newest(hub).write_bytes(newest(hub).read_bytes() + b"\0")
    assert screened(hub, newest(hub)) == (2, False)


def test_with_another_hubs_keys_no_list_is_used(hub: Hub) -> None:
    (hub.folder / "keys.json").write_text(json.dumps(ANOTHER.public_set()))
    assert screened(hub, newest(hub)) == screened(hub, hub.folder) == (2, False)


def test_a_list_without_its_manifest_is_not_used(hub: Hub) -> None:
    newest(hub, ".list.jws").unlink()
    assert screened(hub, newest(hub)) == (2, False)


@pytest.mark.parametrize("what", SPOILS)
def test_a_delta_that_is_not_as_signed_leaves_the_list_that_is_there(tmp_path: Path, what: str) -> None:
    hub, here = Hub(tmp_path / "hub"), tmp_path / "here"
    hub.publish(FACTS)
    with served(hub.folder) as web:
        pull(here, Downloads(web.url), unseal=hub.unseal)
        before = {path.name: path.read_bytes() for path in here.iterdir()}
        hub.publish({**FACTS, ONE: 700}, on=TODAY + timedelta(days=1))
        SPOILS[what](hub, newest(hub, ".delta"))
        with pytest.raises((NotAList, BadToken, OSError)):
            pull(here, Downloads(web.url), unseal=hub.unseal)
    assert {name: (here / name).read_bytes() for name in before} == before
