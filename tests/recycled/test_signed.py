"""What the hub has not signed, to the last byte, is refused before it is used."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from joserfc import jws

from jiebang.domain.errors import BadToken
from jiebang.recycled.days import NEVER
from jiebang.recycled.manifest import check, read_manifest
from jiebang.recycled.mapped import mapped
from jiebang.recycled.publish import LATEST, read_sealed
from jiebang.recycled.refusals import NotAList, NotAsSigned
from jiebang.wire.seals import seal, unseal
from tests.recycled.made import ONE, TWO, Hub


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """Start a hub that has published nothing yet."""
    return Hub(tmp_path / "lists")


def checked(hub: Hub, path: Path) -> None:
    """Check a list as whoever uses it does."""
    manifest = read_sealed(hub.folder / LATEST, hub.unseal)
    assert manifest is not None
    check(mapped(path), manifest)


def test_a_list_is_what_its_hub_has_signed(hub: Hub) -> None:
    checked(hub, hub.publish({ONE: NEVER, TWO: 400}))


@pytest.mark.parametrize("where", [0, 9, 40, 100, 4095, 4096, 5000, 24095, 24096, 44096, -1])
def test_any_byte_that_changed_is_noticed(hub: Hub, where: int) -> None:
    path = hub.publish({ONE: NEVER, TWO: 400})
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.write_bytes(content)
    with pytest.raises(NotAsSigned):
        checked(hub, path)


@pytest.mark.parametrize("length", [0, 1, 4096, -1])
def test_a_list_that_was_cut_off_is_noticed(hub: Hub, length: int) -> None:
    path = hub.publish({ONE: NEVER})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(NotAsSigned):
        checked(hub, path)


def test_a_list_with_more_at_its_end_is_noticed(hub: Hub) -> None:
    path = hub.publish({ONE: NEVER})
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(NotAsSigned):
        checked(hub, path)


def test_another_list_of_the_same_hub_is_noticed(hub: Hub) -> None:
    first = hub.publish({ONE: NEVER})
    hub.publish({ONE: 400})
    with pytest.raises(NotAsSigned):
        checked(hub, first)


def test_another_hubs_key_opens_nothing(hub: Hub, tmp_path: Path) -> None:
    hub.publish({ONE: NEVER})
    with pytest.raises(BadToken):
        read_sealed(hub.folder / LATEST, Hub(tmp_path).unseal)


def test_any_character_of_a_manifest_that_changed_is_noticed(hub: Hub) -> None:
    hub.publish({ONE: NEVER})
    sealed = (hub.folder / LATEST).read_text()
    for at in range(0, len(sealed), 7):
        forged = sealed[:at] + ("A" if sealed[at] != "A" else "Q") + sealed[at + 1 :]
        with pytest.raises((BadToken, NotAList)):
            read_manifest(hub.unseal(forged))


def test_a_token_for_something_else_is_no_manifest(hub: Hub) -> None:
    hub.publish({ONE: NEVER})
    letter = jws.serialize_compact(hub.key.header("secevent+jwt"), b"{}", hub.key.private)
    with pytest.raises(BadToken):
        unseal(letter, hub.keys)


@pytest.mark.parametrize("name", ["../hub.list", ".hidden", "a/b"])
def test_a_manifest_that_leads_out_of_its_folder_is_refused(hub: Hub, name: str) -> None:
    hub.publish({ONE: NEVER})
    manifest = read_sealed(hub.folder / LATEST, hub.unseal)
    assert manifest is not None
    for forged in (replace(manifest, name=name), replace(manifest, previous_name=name)):
        with pytest.raises(NotAsSigned):
            read_manifest(hub.unseal(seal(forged.to_bytes(), hub.key)))


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"{}", b'{"version": 2}', b'{"version": 1, "kind": "list", "pieces": ["zz"]}']
)
def test_what_is_no_manifest_is_refused(payload: bytes) -> None:
    with pytest.raises(NotAsSigned):
        read_manifest(payload)


def test_a_manifest_says_what_the_list_says_of_itself(hub: Hub) -> None:
    path = hub.publish({ONE: NEVER, TWO: 400})
    manifest = read_sealed(hub.folder / LATEST, hub.unseal)
    assert manifest is not None
    with pytest.raises(NotAsSigned):
        check(mapped(path), replace(manifest, numbers=3))
    said = json.loads(manifest.to_bytes())
    assert (said["numbers"], said["changed"], said["blocks"], said["previous"]) == (2, 1, 2, None)
