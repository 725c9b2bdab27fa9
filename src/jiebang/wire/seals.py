"""Seals: what the hub publishes for everybody, signed as a compact JWS (RFC 7515) of a type of its own."""

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from jiebang.domain.errors import BadToken
from jiebang.wire.keys import ALGORITHM, Key

_TYPE = "jiebang-list+jws"


def seal(payload: bytes, key: Key) -> str:
    """Sign a manifest."""
    return jws.serialize_compact(key.header(_TYPE), payload, key.private)


def unseal(sealed: str, keys: KeySet) -> bytes:
    """Give what was signed; refuses with `BadToken` what these keys have not signed, or not as a manifest."""
    try:
        signed = jws.deserialize_compact(sealed, keys, algorithms=[ALGORITHM])
    except (JoseError, ValueError) as refused:
        raise BadToken from refused
    if signed.headers().get("typ") != _TYPE:
        raise BadToken
    return signed.payload
