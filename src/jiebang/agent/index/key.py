"""
The index's key: what it hashes can be found again with it, and without it nothing can be told.

A hash without a key would hide nothing: all numbers of a country are tried in an hour.
"""

import os
import secrets
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from jiebang.agent.errors import ConfigInvalid
from jiebang.domain.number import Number

_KEY_BYTES = 32
_HASH_BYTES = 8
"""2^64 hashes: of a billion accounts, one question in eighteen billion reads an account too many."""
_CHECKED = b"which key this is"


class IndexKey:
    """A key that stays on this machine."""

    def __init__(self, secret: bytes) -> None:
        # Each use has a hash function of its own, so that no hash of one kind can stand for another.
        self._number = blake2b(key=secret, digest_size=_HASH_BYTES, person=b"number")
        self._handle = blake2b(key=secret, digest_size=_HASH_BYTES, person=b"handle")
        self.check = blake2b(_CHECKED, key=secret, person=b"check").hexdigest()
        """By this an index knows the key that it was made with."""

    def number(self, number: Number) -> int:
        """Hash a number, to what a column of 64 bits holds."""
        hashing = self._number.copy()
        hashing.update(number.e164.encode())
        return int.from_bytes(hashing.digest(), "big", signed=True)

    def handle(self, handle: str) -> int:
        """Hash a handle, to what a column of 64 bits holds."""
        hashing = self._handle.copy()
        hashing.update(handle.encode())
        return int.from_bytes(hashing.digest(), "big", signed=True)


def kept_key(path: Path) -> IndexKey:
    """Read the key, or make it where there is none yet; raises `ConfigInvalid`."""
    try:
        if not path.exists():
            _make(path)
        secret = bytes.fromhex(path.read_text())
    except OSError as wrong:
        raise ConfigInvalid(f"index.key_file {path} cannot be read or made: {wrong.strerror}.") from None
    except ValueError:
        secret = b""
    if len(secret) != _KEY_BYTES:
        raise ConfigInvalid(f"index.key_file {path} holds no key of an index; name a file that is not there.")
    return IndexKey(secret)


def _make(path: Path) -> None:
    """Make a key whole or not at all; of two processes that do so at once, the first one's counts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as opened:
        opened.write(secrets.token_hex(_KEY_BYTES))
        opened.flush()
        os.fsync(opened.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
