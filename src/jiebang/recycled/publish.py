"""
Publishing: a folder of lists, deltas and their signed manifests, as platforms take it.

    2026-11-24-1f0c….list   .list.jws      the list of a day, and its manifest
    2026-11-24-1f0c….delta  .delta.jws     how the one before became it, and its manifest
    latest.jws                             the manifest of the newest list; it is written last

Names hold digests, so nothing that was published is ever written over: whatever is killed when, the
folder has the old list or the new one. What is being written has names that begin with a dot.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jiebang.recycled.days import EPOCH
from jiebang.recycled.delta import make_delta
from jiebang.recycled.layout import Head
from jiebang.recycled.manifest import Manifest, digest_of, digests, read_manifest
from jiebang.recycled.mapped import mapped
from jiebang.recycled.pack import Block, pack
from jiebang.recycled.whole import install, write_whole

LATEST = "latest.jws"
SEALED = ".jws"
_DIGITS = 16
"""How much of a digest is in a name; the whole of it is in the manifest."""

Sign = Callable[[bytes], str]
"""Signs what a manifest says: the wire's, with the hub's key."""
Unseal = Callable[[str], bytes]
"""Gives what was signed, or raises: the wire's, with the hub's public keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who publishes, and where."""

    folder: Path
    issuer: str
    zone: str
    sign: Sign
    unseal: Unseal

    def publish(self, blocks: Iterable[Block], *, covered_until: date, today: date) -> Manifest:
        """Write a list, the delta from the one before it, and their manifests; it is seen at the end."""
        before = self.latest()
        fresh = self.folder / ".fresh.list"
        head = pack(fresh, blocks, covered_until=covered_until)
        pieces = digests(mapped(fresh))
        stem = f"{covered_until}-{digest_of(pieces)[:_DIGITS]}"
        path = self.folder / f"{stem}.list"
        install(fresh, path)
        if before is not None and before.name != path.name and (self.folder / before.name).exists():
            self.publish_delta(
                self.folder / before.name, path, path=self.folder / f"{stem}.delta", today=today
            )
        elif before is not None:
            before = None
        manifest = self._manifest_of_list(path, head, pieces=pieces, before=before, today=today)
        self._seal(manifest, self.folder / LATEST)
        self._leave_only(path.name, manifest.previous_name)
        return manifest

    def publish_delta(self, begin: Path, end: Path, *, path: Path, today: date) -> Manifest:
        """Write the delta from one list to another, and its manifest."""
        fresh = self.folder / ".fresh.delta"
        first, last = make_delta(begin, end, path=fresh)
        install(fresh, path)
        pieces = digests(mapped(path))
        manifest = Manifest(
            kind="delta", name=path.name, issuer=self.issuer, zone=self.zone, created_on=today.isoformat(),
            covered_until=end.name[:10], size=path.stat().st_size, pieces=pieces, previous=first,
            previous_name=begin.name, becomes=last,
        )  # fmt: skip
        self._seal(manifest, path.with_name(path.name + SEALED))
        return manifest

    def latest(self) -> Manifest | None:
        """Read the manifest of the newest list; `None` when there is none that this hub has signed."""
        return read_sealed(self.folder / LATEST, self.unseal)

    def _manifest_of_list(
        self, path: Path, head: Head, *, pieces: tuple[str, ...], before: Manifest | None, today: date
    ) -> Manifest:
        manifest = Manifest(
            kind="list", name=path.name, issuer=self.issuer, zone=self.zone, created_on=today.isoformat(),
            covered_until=head.covered_until.isoformat(), size=head.size, pieces=pieces,
            previous=None if before is None else before.digest,
            previous_name=None if before is None else before.name,
            epoch=EPOCH.isoformat(), blocks=head.blocks, numbers=head.numbers, changed=head.changed,
        )  # fmt: skip
        self._seal(manifest, path.with_name(path.name + SEALED))
        return manifest

    def _leave_only(self, *names: str | None) -> None:
        """Clear away lists that no delta will begin from any more; deltas stay."""
        for old in self.folder.glob("[0-9]*.list"):
            if old.name not in names:
                old.unlink()
                old.with_name(old.name + SEALED).unlink(missing_ok=True)

    def _seal(self, manifest: Manifest, path: Path) -> None:
        fresh = self.folder / ".fresh.jws"
        write_whole(fresh, self.sign(manifest.to_bytes()).encode())
        install(fresh, path)


def read_sealed(path: Path, unseal: Unseal) -> Manifest | None:
    """Read a signed manifest; `None` when there is no such file. Raises as `unseal` does."""
    try:
        sealed = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return None
    return read_manifest(unseal(sealed))
