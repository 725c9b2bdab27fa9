"""OAuth 2 client credentials with private_key_jwt: assertions that parties sign, access tokens that we do."""

import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from jiebang.domain.errors import BadToken
from jiebang.domain.number import Number
from jiebang.wire.keys import ALGORITHM, Key

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LEEWAY = timedelta(seconds=30)
"""How far the clocks of two parties may be apart."""
_UNREADABLE = (JoseError, ValueError, RecursionError)
"""What reading a token can raise: JSON that is nested deeply enough ends the stack."""
_ASSERTION_KINDS = (None, "JWT", "client-authentication+jwt")
"""The `typ` that an assertion may have: the same key may sign other things that are none."""
_LONGEST_NAME = 256
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A party's proof that it holds its key; its `jti` is good for one use."""

    party_id: str
    jti: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an access token says: which party calls, and what it may do."""

    party_id: str
    scopes: frozenset[str]
    number: Number | None = None
    """Whom it speaks for, where it was given to act for the holder of one number (a three-legged token)."""


def sign_assertion(party_id: str, audience: str, *, key: Key, now: datetime) -> str:
    """Sign an assertion (RFC 7523 §3) for the token endpoint of `audience`, good for a minute."""
    claims = {
        "iss": party_id, "sub": party_id, "aud": audience, "jti": secrets.token_urlsafe(16),
        "iat": int(now.timestamp()), "exp": int((now + timedelta(minutes=1)).timestamp()),
    }  # fmt: skip
    return jwt.encode(key.header("JWT"), claims, key.private)


def claimed_party(assertion: str) -> str:
    """Read who an assertion says it is from, believing nothing yet: it tells whose keys to check with."""
    try:
        claims = _claims(extract_compact(assertion.encode()).payload)
    except _UNREADABLE as refused:
        raise BadToken from refused
    party = claims.get("sub")
    if not _is_name(party):
        raise BadToken
    return str(party)


def read_assertion(
    assertion: str, keys: KeySet, *, audiences: Iterable[str], now: datetime, longest: timedelta
) -> Assertion:
    """Check an assertion against its party's keys (RFC 7523 §3); refuses as `read_signed` does."""
    read, claims = read_signed(
        assertion, keys, kinds=_ASSERTION_KINDS, audiences=audiences, now=now, longest=longest
    )
    if claims.get("sub") != read.party_id:
        raise BadToken
    return read


def read_signed(
    signed: str,
    keys: KeySet,
    *,
    kinds: Collection[object],
    audiences: Iterable[str],
    now: datetime,
    longest: timedelta,
) -> tuple[Assertion, dict[str, Any]]:
    """
    Check what a party has signed for this hub, once and for now; gives all that it claims as well.

    Refuses with `BadToken` a wrong key, kind, issuer, audience or time, and a life longer than
    `longest`; whether the `jti` was used before is for the caller to find out.
    """
    claims = _decoded(signed, keys, kinds=kinds)
    issued, expires = _instant(claims, "iat"), _instant(claims, "exp")
    party, audience, jti = claims.get("iss"), claims.get("aud"), claims.get("jti")
    named = audience if isinstance(audience, list) else [audience]
    good = (
        _is_name(party)
        and any(audience in named for audience in audiences)
        and _is_name(jti)
        # The leeway is added to `now`: what a token says may lie at an end of the calendar.
        and issued <= now + _LEEWAY
        and now - _LEEWAY < expires <= issued + longest
    )
    if not good:
        raise BadToken
    return Assertion(party_id=str(party), jti=str(jti), until=expires + _LEEWAY), claims


def sign_access_token(grant: Grant, issuer: str, *, key: Key, now: datetime, life: timedelta) -> str:
    """Sign an access token (RFC 9068) for the hub's own machine surface."""
    claims = {
        "iss": issuer, "aud": issuer, "sub": grant.party_id, "client_id": grant.party_id,
        "scope": " ".join(sorted(grant.scopes)), "jti": secrets.token_urlsafe(12),
        "iat": int(now.timestamp()), "exp": int((now + life).timestamp()),
    }  # fmt: skip
    if grant.number is not None:
        claims["phone_number"] = grant.number.e164
    return jwt.encode(key.header("at+jwt"), claims, key.private)


class AccessTokens:
    """The access tokens of one hub: each is checked once, and then known: checking costs most."""

    def __init__(self, keys: KeySet, *, issuer: str) -> None:
        """Know none; `keys` are the hub's own."""
        self._keys, self._issuer = keys, issuer
        self._known: dict[str, tuple[Grant, datetime]] = {}

    def read(self, token: str, *, now: datetime) -> Grant:
        """Check an access token; refuses with `BadToken` whatever is not one of ours that is good now."""
        grant, until = self._known.get(token) or _granted(token, self._keys, issuer=self._issuer)
        if now >= until:
            self._known.pop(token, None)
            raise BadToken
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[token] = (grant, until)
        return grant


def _granted(token: str, keys: KeySet, *, issuer: str) -> tuple[Grant, datetime]:
    claims = _decoded(token, keys, kinds=("at+jwt",))
    if claims.get("iss") != issuer or claims.get("aud") != issuer:
        raise BadToken
    said = claims.get("phone_number")
    grant = Grant(
        party_id=str(claims.get("sub")),
        scopes=frozenset(str(claims.get("scope")).split()),
        number=None if said is None else Number(str(said)),
    )
    return grant, _instant(claims, "exp")


def _decoded(token: str, keys: KeySet, *, kinds: Collection[object]) -> dict[str, Any]:
    try:
        decoded = jwt.decode(token, keys, algorithms=[ALGORITHM])
    except _UNREADABLE as refused:
        raise BadToken from refused
    if decoded.header.get("typ") not in kinds:
        raise BadToken
    return decoded.claims


def _is_name(said: object) -> bool:
    """Whether this can be somebody's id: text that both databases can keep."""
    return isinstance(said, str) and said.isprintable() and 0 < len(said) <= _LONGEST_NAME


def _instant(claims: dict[str, Any], name: str) -> datetime:
    try:
        return datetime.fromtimestamp(claims[name], UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as refused:
        raise BadToken from refused


def _claims(payload: bytes) -> dict[str, Any]:
    claims = json.loads(payload)
    if not isinstance(claims, dict):
        raise BadToken
    return claims
