"""A front's signed word that a holder has shown a number to it: a JWT of its own kind (RFC 8725 §3.11)."""

import secrets
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.jwk import KeySet

from jiebang.domain.errors import BadToken
from jiebang.domain.number import Number, parse
from jiebang.domain.proof import Showing
from jiebang.domain.showing import BadAssertion, ShownBy
from jiebang.wire.keys import Key
from jiebang.wire.oauth import read_signed

KIND = "jiebang-showing+jwt"
"""The `typ`: what a party signs to get a token can never pass as this, nor this as that."""


def sign_showing(
    front_id: str, audience: str, *, number: Number, shown_by: ShownBy, key: Key, now: datetime
) -> str:
    """Sign as a front that the holder of a number has just shown it, for one hub, good for a minute."""
    claims = {
        "iss": front_id, "aud": audience, "jti": secrets.token_urlsafe(16),
        "iat": int(now.timestamp()), "exp": int((now + timedelta(minutes=1)).timestamp()),
        "phone_number": number.e164, "shown_by": shown_by.value,
    }  # fmt: skip
    return jwt.encode(key.header(KIND), claims, key.private)


def read_showing(
    signed: str, keys: KeySet, *, front_id: str, audience: str, now: datetime, longest: timedelta
) -> Showing:
    """
    Check a front's word against its keys.

    Refuses with `NotANumber`, and with `BadAssertion` whatever else is wrong; whether the `jti` was
    used before is for the caller to find out.
    """
    try:
        read, claims = read_signed(
            signed, keys, kinds=(KIND,), audiences=(audience,), now=now, longest=longest
        )
        shown_by = ShownBy(str(claims.get("shown_by")))
    except (BadToken, ValueError) as refused:
        raise BadAssertion from refused
    if read.party_id != front_id:
        raise BadAssertion
    number = parse(str(claims.get("phone_number")))
    return Showing(front_id=front_id, number=number, shown_by=shown_by, jti=read.jti, until=read.until)
