"""Keys: a private key in a file of its own, and the public half as a JWK set (RFC 7517)."""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

ALGORITHM = "ES256"
_HALF = 32


@dataclass(frozen=True, slots=True)
class Key:
    """A private P-256 key that signs with ES256; its id is its RFC 7638 thumbprint."""

    private: ECKey
    id: str = field(init=False)
    """The key id, as it stands in the header of what the key has signed."""

    def __post_init__(self) -> None:
        """Compute the id once: a hub signs thousands of times in a second."""
        object.__setattr__(self, "id", self.private.thumbprint())

    def header(self, kind: str) -> dict[str, Any]:
        """Write the JOSE header for a token of this `typ`."""
        return {"alg": ALGORITHM, "typ": kind, "kid": self.id}

    def signer(self) -> Callable[[bytes], bytes]:
        """Make ready to sign many times: ES256, two numbers of 32 bytes one after another (RFC 7518 §3.4)."""
        own, way = self.private.private_key, ECDSA(SHA256())
        if own is None:
            raise ValueError("a public key cannot sign")

        def sign(said: bytes) -> bytes:
            halves = decode_dss_signature(own.sign(said, way))
            return b"".join(half.to_bytes(_HALF) for half in halves)

        return sign

    def sign(self, payload: bytes, *, kind: str) -> str:
        """Sign a payload as a compact JWS (RFC 7515 §7.1) of this `typ`."""
        return jws.serialize_compact(self.header(kind), payload, self.private)

    def public_set(self) -> dict[str, Any]:
        """Give the public half away, as a JWK set."""
        public = self.private.as_dict(private=False)
        return {"keys": [{**public, "kid": self.id, "use": "sig", "alg": ALGORITHM}]}

    def secret(self, purpose: str) -> bytes:
        """Derive 32 secret bytes for one purpose, so that one file is all that must be kept safe."""
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        return derive.derive(str(self.private.as_dict(private=True)["d"]).encode())


def make() -> Key:
    """Make a new key."""
    return Key(ECKey.generate_key("P-256"))


def write(key: Key, path: Path) -> None:
    """Write a private key to a new file that only its owner can read; raises `FileExistsError`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(key.private.as_dict(private=True), file)


def read(path: Path) -> Key:
    """Read a private key that `write` has written; raises `OSError`, or `ValueError` for anything else."""
    try:
        key = ECKey.import_key(json.loads(path.read_text()))
    except (JoseError, KeyError, TypeError, AttributeError) as wrong:
        raise ValueError("this is not a key") from wrong
    if key.private_key is None:
        raise ValueError("this is the public half of a key")
    return Key(key)


def read_or_make(path: Path) -> Key:
    """Read the key of a file, or make one there the first time; whichever process is first wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_suffix(
            f".{secrets.token_hex(8)}"
        )  # a process id is not unique: containers share disks
        write(make(), fresh)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first, and its key is the one that counts
        finally:
            fresh.unlink()
    return read(path)


def public_keys(jwks: Any) -> KeySet:  # noqa: ANN401 - whatever somebody else's JSON holds
    """Read somebody's JWK set; raises `ValueError` or a JOSE error when it is none."""
    try:
        return KeySet.import_key_set(jwks)
    except (KeyError, TypeError) as refused:
        raise ValueError("this is not a JWK set") from refused
