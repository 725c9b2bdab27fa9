"""Anybody may take the journal's seals, and hold the hub to them."""

from base64 import b64decode

from jiebang.domain.journal import Entry
from jiebang.domain.merkle import continues
from jiebang.flows.seal_journal import seal_journal
from jiebang.store import journal
from jiebang.wire.notes import open_checkpoint, verifier
from tests.api.hub import ISSUER, Hub


def sealed(hub: Hub, *, entries: int) -> None:
    """Let something happen, and seal it."""
    now = hub.clock()
    with hub.house.database.write() as connection:
        journal.write(connection, [Entry(at=now, what="order:moved", by="hub") for _ in range(entries)])
    assert seal_journal(hub.house.database, now=now, sign=hub.house.sealer.seal) == entries


def test_before_anything_is_sealed_there_is_no_checkpoint(hub: Hub) -> None:
    assert hub.calls.get("/journal/checkpoint").status_code == 404


def test_a_checkpoint_is_signed_with_the_key_that_is_published(hub: Hub) -> None:
    sealed(hub, entries=3)
    key = verifier(hub.calls.get("/journal/key").text)
    assert key.name == f"{ISSUER}/journal"
    assert open_checkpoint(hub.calls.get("/journal/checkpoint").text, key).size == 3


def test_who_kept_a_checkpoint_is_shown_that_the_journal_has_only_grown(hub: Hub) -> None:
    kept = []
    for entries in (3, 4):
        sealed(hub, entries=entries)
        note = hub.calls.get("/journal/checkpoint").text
        kept.append(open_checkpoint(note, hub.house.sealer.verifier()))
    old, new = kept
    said = hub.calls.get("/journal/consistency", params={"old": 3, "size": 7}).json()
    path = [b64decode(one) for one in said["path"]]
    assert continues(old.root, 3, root=new.root, size=7, path=path)


def test_a_journal_that_was_never_so_long_is_not_shown(hub: Hub) -> None:
    sealed(hub, entries=3)
    for old, size in ((1, 4), (3, 2)):
        said = hub.calls.get("/journal/consistency", params={"old": old, "size": size})
        assert said.status_code == 404
