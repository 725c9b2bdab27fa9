"""Pen: writes and signs the letters of an inspection, also those that are wrong on purpose."""

import hashlib
import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jiebang.wire import keys

_TYPE = "secevent+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A letter as it is handed over."""

    jti: str
    event: str
    token: str
    fingerprint: str
    """What a receipt names it by."""


class Pen:
    """The keys of a hub that is played, and its hand."""

    def __init__(self, *, issuer: str, platform: str) -> None:
        self.issuer, self.platform = issuer, platform
        self.key, self.stranger = keys.make(), keys.make()
        self._signers: dict[str, Callable[[bytes], bytes]] = {}

    def turn_key(self) -> keys.Key:
        """Sign with a new key from now on, and publish no other; gives the one that is out of use."""
        old, self.key = self.key, keys.make()
        return old

    def claims(self, event: str, said: Mapping[str, Any], *, subject: Mapping[str, str]) -> dict[str, Any]:
        """Say what a letter says; a wrong one is made of it by saying something else."""
        return {
            "iss": self.issuer, "aud": self.platform, "jti": f"set_{secrets.token_hex(8)}",
            "iat": int(time.time()), "sub_id": dict(subject), "events": {event: dict(said)},
        }  # fmt: skip

    def sign(
        self,
        claims: Mapping[str, Any],
        *,
        key: keys.Key | None = None,
        header: Mapping[str, Any] | None = None,
    ) -> Written:
        """Sign a letter, by the hub's own key and as a letter where nothing else is said."""
        own = key or self.key
        payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
        head = json.dumps(own.header(_TYPE) | dict(header or {})).encode()
        signed = b".".join((_segment(head), _segment(payload)))
        signature = b"" if (header or {}).get("alg") == "none" else self._signer(own)(signed)
        return Written(
            jti=claims["jti"], event=next(iter(claims["events"]), ""),
            token=b".".join((signed, _segment(signature))).decode(),
            fingerprint=hashlib.sha256(payload).hexdigest(),
        )  # fmt: skip

    def _signer(self, key: keys.Key) -> Callable[[bytes], bytes]:
        if key.id not in self._signers:
            self._signers[key.id] = key.signer()
        return self._signers[key.id]


def _segment(said: bytes) -> bytes:
    """Write a part of a compact JWS (RFC 7515 §2)."""
    return urlsafe_b64encode(said).rstrip(b"=")
