"""Pulling: a platform's folder is brought to what a hub has published, by deltas where they are shorter."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jiebang.recycled.delta import apply_delta
from jiebang.recycled.manifest import Manifest, check, read_manifest
from jiebang.recycled.mapped import mapped
from jiebang.recycled.publish import LATEST, SEALED, Unseal, read_sealed
from jiebang.recycled.refusals import NotAList, NotAsSigned, NothingPublished
from jiebang.recycled.whole import install, part_of, write_whole

_MOST_DELTAS = 60
"""How many deltas are followed before the whole list is taken: two months of days."""


class Published(Protocol):
    """Where a hub publishes; the wire's."""

    def small(self, name: str) -> bytes:
        """Fetch a manifest; raises `FileNotFoundError` when there is none."""
        ...

    def large(self, name: str, path: Path, *, size: int, told: Callable[[int], None]) -> None:
        """Fetch a file, going on from what is at `path` already; `told` hears how many bytes are there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What was done."""

    manifest: Manifest
    deltas: int
    fetched: int
    """How many bytes of lists and deltas were fetched."""


@dataclass(slots=True)
class _Take:
    """Takes files, of so many bytes together, and says how far that has come."""

    published: Published
    told: Callable[[float], None]
    total: int
    taken: int = 0

    def file(self, manifest: Manifest, path: Path) -> None:
        """Fetch a file beside its place, check it, and let it take its place."""
        part = part_of(path)
        self.published.large(manifest.name, part, size=manifest.size, told=self._come)
        self.taken += manifest.size
        try:
            check(mapped(part), manifest)
        except NotAList:
            part.unlink()
            raise
        install(part, path)

    def _come(self, there: int) -> None:
        self.told((self.taken + there) / self.total)


def pull(
    folder: Path, published: Published, *, unseal: Unseal, told: Callable[[float], None] = lambda _: None
) -> Pulled:
    """
    Bring a folder to the newest list. Killed at any moment, it has the old list or the new one.

    Nothing is used before it is found to be what the hub has signed. `told` hears the share of the
    bytes that have come. Refuses with `NothingPublished`, and with `NotAsSigned`, also when the hub's
    newest list is older than the one that is here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sealed = _newest(published)
    newest = _of_kind("list", unseal(sealed))
    here = _here(folder, unseal)
    path = folder / newest.name
    chain: list[Manifest] = []
    fetched = 0
    if here is None or here.digest != newest.digest:
        if here is not None and newest.covered_until < here.covered_until:
            raise NotAsSigned("the hub's newest list is older than the one that is here")
        chain = [] if here is None else _chain(newest, here, published=published, unseal=unseal)
        take = _Take(published, told, sum(one.size for one in chain))
        if not (chain and here and _by_deltas(folder, chain, here=here, path=path, take=take)):
            chain = []
            take = _Take(published, told, newest.size)
            take.file(newest, path)
        fetched = take.taken
    write_whole(path.with_name(path.name + SEALED), sealed.encode())
    write_whole(folder / LATEST, sealed.encode())
    _leave_only(path)
    return Pulled(manifest=newest, deltas=len(chain), fetched=fetched)


def _newest(published: Published) -> str:
    try:
        return published.small(LATEST).decode("ascii", errors="replace")
    except FileNotFoundError as missing:
        raise NothingPublished from missing


def _here(folder: Path, unseal: Unseal) -> Manifest | None:
    """Read what is here and whole; what is not is fetched anew."""
    try:
        manifest = read_sealed(folder / LATEST, unseal)
        if manifest is not None:
            check(mapped(folder / manifest.name), manifest)
    except (NotAList, OSError):
        return None
    return manifest


def _chain(newest: Manifest, here: Manifest, *, published: Published, unseal: Unseal) -> list[Manifest]:
    """Find the deltas that lead from what is here to the newest, in their order; none if none is shorter."""
    found: list[Manifest] = []
    name, digest = newest.name, newest.digest
    while digest != here.digest:
        try:
            sealed = published.small(name.removesuffix(".list") + ".delta" + SEALED)
        except FileNotFoundError:
            return []
        delta = _of_kind("delta", unseal(sealed.decode("ascii", errors="replace")))
        found.append(delta)
        if delta.becomes != digest or not delta.previous or not delta.previous_name:
            raise NotAsSigned("a delta leads elsewhere")
        if len(found) > _MOST_DELTAS or sum(one.size for one in found) >= newest.size:
            return []
        name, digest = delta.previous_name, delta.previous
    return found[::-1]


def _by_deltas(folder: Path, chain: list[Manifest], *, here: Manifest, path: Path, take: _Take) -> bool:
    """Apply deltas one after the other; what comes out is checked against its digest each time."""
    at = folder / here.name
    for delta in chain:
        file = folder / delta.name
        try:
            take.file(delta, file)
        except FileNotFoundError:
            return False
        step = path if delta is chain[-1] else folder / f"step-{delta.name}"
        apply_delta(at, mapped(file), path=step)
        file.unlink()
        if at.name.startswith("step-"):
            at.unlink()
        at = step
    return True


def _of_kind(kind: str, payload: bytes) -> Manifest:
    manifest = read_manifest(payload)
    if manifest.kind != kind:
        raise NotAsSigned(f"this is the manifest of a {manifest.kind}, where that of a {kind} belongs")
    return manifest


def _leave_only(path: Path) -> None:
    """
    Clear away earlier lists, and what those left behind who were killed over one.

    Who has an earlier list mapped keeps it until they are done.
    """
    for pattern in ("*.list", "*.list" + SEALED, "*.delta", ".*.part", ".*.next"):
        for old in path.parent.glob(pattern):
            if not old.name.startswith(path.name):
                old.unlink()
