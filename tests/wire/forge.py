"""Tokens that nobody should sign, and a check of those that we sign by a second library."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws

from jiebang.wire.keys import Key


def signed(claims: object, *, key: Key, typ: str | None) -> str:
    """Sign whatever it is, as a compact JWS of this `typ`; JSON that is given as text stays as it is."""
    header = {name: value for name, value in key.header(typ or "").items() if value}
    payload = claims if isinstance(claims, str) else json.dumps(claims)
    return jws.serialize_compact(header, payload, key.private)


def unsigned(token: str) -> str:
    """Take the signature off, and say `alg: none`, as RFC 8725 §2.1 warns of."""
    header, payload, _ = token.split(".")
    plain = {**json.loads(_bytes(header)), "alg": "none"}
    return f"{_text(json.dumps(plain).encode())}.{payload}."


def tampered(token: str, **more: object) -> str:
    """Change what a token says, and leave its signature."""
    header, payload, signature = token.split(".")
    claims = {**json.loads(_bytes(payload)), **more}
    return f"{header}.{_text(json.dumps(claims).encode())}.{signature}"


def payload_of(token: str) -> bytes:
    """Take a token's payload out, unverified."""
    return _bytes(token.split(".")[1])


def header_of(token: str) -> dict[str, Any]:
    """Take a token's header out, unverified."""
    header: dict[str, Any] = json.loads(_bytes(token.split(".", maxsplit=1)[0]))
    return header


def verify(token: str, jwk: dict[str, str]) -> None:
    """Verify an ES256 signature (RFC 7518 §3.4) from a JWK's coordinates; raises `InvalidSignature`."""
    head, _, signature = token.rpartition(".")
    raw = _bytes(signature)
    x, y = (int.from_bytes(_bytes(jwk[name])) for name in ("x", "y"))
    public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    public.verify(encode_dss_signature(r, s), head.encode(), ECDSA(SHA256()))


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()
