"""Evidence as a file: read strictly, and its signatures checked by the keys that are in it."""

from functools import partial

from joserfc.errors import JoseError
from pydantic import TypeAdapter, ValidationError

from jiebang.domain.errors import Refusal
from jiebang.domain.evidence import Evidence, Platform
from jiebang.domain.examination import Checks, Wrong, examine
from jiebang.domain.outcome import Outcome
from jiebang.wire.keys import public_keys
from jiebang.wire.notes import Verifier, check_signature, open_checkpoint, verifier
from jiebang.wire.receipts import open_receipt

_SHAPE = TypeAdapter(Evidence)


def read_evidence(file: bytes) -> Evidence:
    """
    Read a file; raises `Wrong` for what is none, and for what the hub would have written otherwise.

    There is one way only to write the same evidence down, so no byte of it can be another one.
    """
    try:
        evidence = _SHAPE.validate_json(file)
        canonical = evidence.text().encode()
    except (ValidationError, ValueError, RecursionError):
        raise Wrong("the file", "not evidence as a hub gives it: JSON of another shape, or none") from None
    if canonical != file:
        raise Wrong("the file", "not written as a hub writes it: something was added, or put in another way")
    return evidence


def verify_evidence(file: bytes, *, key: Verifier | None = None) -> Evidence:
    """
    Check all of a file and give what it says; raises `Wrong` at the first thing that does not hold.

    By `key`, the hub's published one, or else by the key in the file.
    """
    evidence = read_evidence(file)
    try:
        given = verifier(evidence.key)
    except ValueError:
        raise Wrong("the key", "not the key of a journal") from None
    if key is not None and given != key:
        raise Wrong("the key", "another one than that given by --key")
    examine(evidence, _checks(evidence.hub, given))
    return evidence


def _checks(hub: str, key: Verifier) -> Checks:
    def receipt(token: str, platform: Platform) -> Outcome:
        return open_receipt(token, keys=public_keys(platform.keys), platform=platform.id, hub=hub)

    return Checks(
        checkpoint=partial(open_checkpoint, key=key),
        receipt=receipt,
        statement=partial(check_signature, key=key),
        refusals=(ValueError, Refusal, JoseError),
    )
