"""One-time codes: derived from a proof's id and the hub's key, so that no code is stored anywhere."""

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

DIGITS = 6


def code_for(proof_id: str, *, secret: bytes) -> str:
    """Compute the code of a proof (HOTP, RFC 4226, keyed for this proof alone)."""
    own = hmac.digest(secret, proof_id.encode(), "sha256")
    return HOTP(own, DIGITS, SHA256()).generate(0).decode()


def is_code(said: str, proof_id: str, *, secret: bytes) -> bool:
    """Compare what was typed with the code, in a time that tells nothing."""
    typed = "".join(said.split())
    return hmac.compare_digest(typed.encode(), code_for(proof_id, secret=secret).encode())
