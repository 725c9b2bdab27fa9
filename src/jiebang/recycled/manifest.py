"""
The manifest of a list or a delta: what the hub signs, so that every byte can be checked before it is used.

A file is cut into pieces of 1 MiB, each with its SHA-256; the SHA-256 of those, one after the other, is the
file's *digest*, its name among machines. So two threads check it, and it is read once.
"""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Literal

from jiebang.recycled.layout import Head, read_head
from jiebang.recycled.refusals import NotAsSigned

VERSION = 1
PIECE = 1 << 20
_THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a file is, and the digests of its pieces. Without the hub's signature it says nothing."""

    kind: Literal["list", "delta"]
    name: str
    """The file's name."""
    issuer: str
    """The hub's address."""
    created_on: str
    covered_until: str
    zone: str
    """The time zone whose days the list counts."""
    size: int
    pieces: tuple[str, ...]
    previous: str | None = None
    """Of a list, the digest of the one before it; of a delta, of the list it begins from."""
    previous_name: str | None = None
    becomes: str | None = None
    """Of a delta, the digest of the list that it leads to."""
    epoch: str = ""
    blocks: int = 0
    numbers: int = 0
    changed: int = 0
    version: int = VERSION

    @property
    def digest(self) -> str:
        """The file's digest."""
        return digest_of(self.pieces)

    def to_bytes(self) -> bytes:
        """Write, for the hub to sign."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False).encode()


def read_manifest(payload: bytes) -> Manifest:
    """Read what was signed; refuses with `NotAsSigned` what is no manifest of a version that is known."""
    try:
        said = json.loads(payload)
        if said["version"] != VERSION or said["kind"] not in {"list", "delta"}:
            raise NotAsSigned("another version")
        known = {field.name for field in fields(Manifest)}
        told = {name: said[name] for name in said if name in known}
        manifest = Manifest(**{**told, "pieces": tuple(said["pieces"])})
        date.fromisoformat(manifest.covered_until)
        bytes.fromhex("".join(manifest.pieces))
    except (KeyError, TypeError, ValueError) as wrong:
        raise NotAsSigned("the manifest cannot be read") from wrong
    # A name leads to a file; one that leads elsewhere could have it written over.
    if any("/" in name or name.startswith(".") for name in (manifest.name, manifest.previous_name or "-")):
        raise NotAsSigned("the manifest names no plain file")
    return manifest


def digests(file: memoryview) -> tuple[str, ...]:
    """Compute the digest of each piece of a file."""
    with ThreadPoolExecutor(_THREADS) as threads:
        return tuple(
            threads.map(
                lambda start: hashlib.sha256(file[start : start + PIECE]).hexdigest(),
                range(0, len(file), PIECE),
            )
        )


def digest_of(pieces: tuple[str, ...]) -> str:
    """Compute a file's digest from those of its pieces."""
    return hashlib.sha256(bytes.fromhex("".join(pieces))).hexdigest()


def check(file: memoryview, manifest: Manifest) -> None:
    """Refuse with `NotAsSigned` a file that is not, to the last byte, the one that the manifest is of."""
    if len(file) != manifest.size:
        raise NotAsSigned(f"{len(file)} bytes where {manifest.size} were signed")
    if digests(file) != manifest.pieces:
        raise NotAsSigned("its bytes are not those that were signed")
    if manifest.kind == "list":
        _check_head(read_head(file), manifest)


def _check_head(head: Head, manifest: Manifest) -> None:
    said = (manifest.blocks, manifest.numbers, manifest.changed, manifest.covered_until)
    if said != (head.blocks, head.numbers, head.changed, head.covered_until.isoformat()):
        raise NotAsSigned("the list and its manifest say different things")
