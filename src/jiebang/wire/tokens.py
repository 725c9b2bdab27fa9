"""Security Event Tokens (RFC 8417): a letter, signed by the hub for one platform, and read there."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from jiebang.domain.errors import BadToken, NotALetter, NotANumber
from jiebang.domain.letter import Letter
from jiebang.domain.number import Number, parse
from jiebang.wire.keys import ALGORITHM, Key

_TYPE = "secevent+jwt"
_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_UNREADABLE = (JoseError, ValueError, RecursionError)
"""What reading a token can raise: JSON that is nested deeply enough ends the stack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """From whom to whom a stream's letters go: the hub's issuer URL, the platform's audience, the stream."""

    issuer: str
    audience: str
    stream_id: str | None = None
    """Only what is about the stream itself names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedLetter:
    """What a letter turned out to say, once its signature, sender and audience were found right."""

    jti: str
    event: str
    said: Mapping[str, Any]
    number: Number | None
    fingerprint: str
    """What a receipt names the letter by: the SHA-256 of the token's payload."""


def sign_letters(letters: Iterable[Letter], route: Route, *, key: Key) -> dict[str, str]:
    """
    Sign letters of one stream, by their `jti` (RFC 8936 §2.3): `secevent+jwt`, no `sub`, no `exp` (RFC 8417).

    A poll may carry a thousand: the header is written once for all of them, and the key is made ready once.
    The payload's bytes are the same each time the same letter is signed; only the signature differs.
    """
    sign = key.signer()
    header = _segment(_written(key.header(_TYPE)))
    signed: dict[str, str] = {}
    for letter in letters:
        said = b".".join((header, _segment(_written(_claims(letter, route)))))
        signed[letter.jti] = b".".join((said, _segment(sign(said)))).decode()
    return signed


def read_letter(token: str, keys: KeySet, *, issuer: str, audience: str) -> ReceivedLetter:
    """
    Read a letter, refusing with `BadToken` what the hub did not sign for this platform.

    Refuses with `NotALetter` what is signed well and still no letter: no event or several, or a
    subject that is no number.
    """
    payload, claims = _verified(token, keys)
    audiences = claims.get("aud")
    wanted = audience in audiences if isinstance(audiences, list) else audience == audiences
    if claims.get("iss") != issuer or not wanted:
        raise BadToken
    events, jti, subject = claims.get("events"), claims.get("jti"), claims.get("sub_id")
    if not (
        isinstance(events, dict) and len(events) == 1 and isinstance(jti, str) and isinstance(subject, dict)
    ):
        raise NotALetter
    event, said = next(iter(events.items()))
    if not isinstance(said, dict):
        raise NotALetter
    return ReceivedLetter(
        jti=jti, event=event, said=said, number=_number(subject), fingerprint=_digest(payload)
    )


def fingerprint(letter: Letter, route: Route) -> str:
    """Say what a receipt must name this letter by: the SHA-256 of the token's payload, in hexadecimal."""
    return _digest(_written(_claims(letter, route)))


def payload(letter: Letter, route: Route) -> str:
    """Give what a letter's token says, to the byte, for whoever has to show it."""
    return _written(_claims(letter, route)).decode()


def _digest(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()


def _claims(letter: Letter, route: Route) -> dict[str, Any]:
    subject = (
        {"format": "phone_number", "phone_number": letter.number.e164}
        if letter.number is not None
        else {"format": "opaque", "id": route.stream_id}
    )
    return {
        "iss": route.issuer,
        "aud": route.audience,
        "jti": letter.jti,
        "iat": int(letter.written_at.timestamp()),
        "sub_id": subject,
        "events": {letter.event.value: dict(letter.said)},
    }


def _written(said: dict[str, Any]) -> bytes:
    return _JSON.encode(said).encode()


def _segment(said: bytes) -> bytes:
    """Write a part of a compact JWS (RFC 7515 §2: base64url without padding)."""
    return urlsafe_b64encode(said).rstrip(b"=")


def _verified(token: str, keys: KeySet) -> tuple[bytes, dict[str, Any]]:
    try:
        signed = jws.deserialize_compact(token, keys, algorithms=[ALGORITHM])
        claims = json.loads(signed.payload)
    except _UNREADABLE as refused:
        raise BadToken from refused
    if signed.headers().get("typ") != _TYPE or not isinstance(claims, dict):
        raise BadToken
    return signed.payload, claims


def _number(subject: Mapping[str, Any]) -> Number | None:
    if subject.get("format") != "phone_number":
        return None
    try:
        return parse(str(subject.get("phone_number")))
    except NotANumber as refused:
        raise NotALetter from refused
