"""
Signed notes (C2SP signed-note) with Ed25519, and a journal's checkpoints in them (C2SP tlog-checkpoint).

A note is a text, an empty line, and a line for each signature. Nobody keeps up a library of it for Python;
the signature itself is `cryptography`'s.
"""

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from jiebang.domain.journal import Checkpoint

_ED25519 = b"\1"
_SIGNED = "\n\n"
_DASH = "— "
_ID_BYTES, _DIGEST_BYTES = 4, 32


class NotSealed(ValueError):  # noqa: N818 - named as what is wrong, like the refusals
    """This is not a checkpoint that the key has signed."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """Somebody's public key by its name; as text it is a `vkey`: name, key id and key."""

    name: str
    public: bytes

    def __str__(self) -> str:
        """Write it down for those who verify."""
        return f"{self.name}+{self.id.hex()}+{b64encode(_ED25519 + self.public).decode()}"

    @property
    def id(self) -> bytes:
        """The first bytes of the name and the key, hashed: a hint which key signed."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_ID_BYTES]


def verifier(vkey: str) -> Verifier:
    """Read a `vkey`; raises `ValueError` when it is none, or not of Ed25519."""
    name, key_id, key = vkey.strip().split("+", 2)
    kind_and_key = b64decode(key, validate=True)
    found = Verifier(name, kind_and_key[1:])
    if kind_and_key[:1] != _ED25519 or len(found.public) != _DIGEST_BYTES or found.id.hex() != key_id:
        raise ValueError("this is not a key of Ed25519 with its own id")
    return found


@dataclass(frozen=True, slots=True)
class Sealer:
    """Who signs checkpoints: a name, such as the hub's address, and 32 secret bytes."""

    name: str
    secret: bytes = field(repr=False)

    def verifier(self) -> Verifier:
        """Give the public half."""
        return Verifier(self.name, self._key().public_key().public_bytes_raw())

    def seal(self, checkpoint: Checkpoint) -> str:
        """Sign a checkpoint; its origin is the signer's name."""
        text = f"{self.name}\n{checkpoint.size}\n{b64encode(checkpoint.root).decode()}\n"
        return f"{text}\n{_DASH}{self.name} {self.signature(text)}\n"

    def signature(self, text: str) -> str:
        """Sign a note's text, as its signature's line has it after the name."""
        return b64encode(self.verifier().id + self._key().sign(text.encode())).decode()

    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.secret)


def open_note(note: str, key: Verifier) -> str:
    """
    Give the text of a note that a key has signed; refuses with `NotSealed` all else.

    Signatures by other keys are passed over: witnesses may have signed it as well.
    """
    text, parted, signatures = note.rpartition(_SIGNED)
    text += "\n"
    *lines, rest = signatures.split("\n")
    if not parted or rest:
        raise NotSealed
    for name, said in map(_signature, lines):
        if name == key.name and said[:_ID_BYTES] == key.id:
            _verify(text, said, key=key)
            return text
    raise NotSealed


def check_signature(text: str, signature: str, *, key: Verifier) -> None:
    """Refuse with `NotSealed` a text under which the key has not set this signature, as `Sealer` has it."""
    said = _decoded(signature)
    if said[:_ID_BYTES] != key.id:
        raise NotSealed
    _verify(text, said, key=key)


def _verify(text: str, said: bytes, *, key: Verifier) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(said[_ID_BYTES:], text.encode())
    except InvalidSignature as wrong:
        raise NotSealed from wrong


def open_checkpoint(note: str, key: Verifier) -> Checkpoint:
    """Read a checkpoint of the key's own journal; refuses with `NotSealed` all else."""
    origin, size, root, *_ = [*open_note(note, key).split("\n"), "", ""]
    if origin != key.name or not (size.isascii() and size.isdecimal()):
        raise NotSealed
    return Checkpoint(int(size), _decoded(root))


def _signature(line: str) -> tuple[str, bytes]:
    """Take a signature's line apart: whose it is, and its bytes."""
    name, _, said = line.removeprefix(_DASH).rpartition(" ")
    if not line.startswith(_DASH):
        raise NotSealed
    return name, _decoded(said)


def _decoded(said: str) -> bytes:
    try:
        decoded = b64decode(said, validate=True)
    except ValueError as wrong:
        raise NotSealed from wrong
    # What does not come out again was written in another way: two texts would be one signature.
    if b64encode(decoded).decode() != said:
        raise NotSealed
    return decoded
