"""
Safe: what somebody has entrusted to the hub, locked with a key that is not in its database.

It is a compact JWE (RFC 7516), encrypted directly with a secret that is derived from the hub's own key.
What is locked names the place that it is for, so that whoever can write into the database cannot have the
hub send it somewhere else.
"""

import json

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from jiebang.domain.errors import BadToken

_HEADER = {"alg": "dir", "enc": "A256GCM"}


class Safe:
    """Locks and unlocks texts with one secret of 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        """Keep the secret; it is not shown again."""
        self._key = OctKey.import_key(secret)

    def lock(self, said: str, *, place: str) -> str:
        """Lock a text up, to be used at one place."""
        return jwe.encrypt_compact(dict(_HEADER), json.dumps([place, said]).encode(), self._key)

    def unlock(self, locked: str, *, place: str) -> str:
        """Give a text back; refuses with `BadToken` what another key has locked, or for another place."""
        try:
            meant_for, said = json.loads(jwe.decrypt_compact(locked, self._key).plaintext or b"")
        except (JoseError, ValueError) as refused:
            raise BadToken from refused
        if meant_for != place:
            raise BadToken
        return str(said)
