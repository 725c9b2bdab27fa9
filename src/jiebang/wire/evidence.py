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
from jiebang.wire.whereabouts import broken, differing, misshapen

_SHAPE = TypeAdapter(Evidence)
_NO_EVIDENCE = "not evidence as a hub gives it: JSON of another shape, or none"


def read_evidence(file: bytes) -> Evidence:
    """
    Read a file; raises `Wrong` for what is none, and for what the hub would have written otherwise.

    There is one way only to write the same evidence down, so no byte of it can be another one.
    """
    try:
        evidence = _SHAPE.validate_json(file)
        written = evidence.text()
    except ValidationError as wrong:
        raise Wrong(_misread(file, wrong), _NO_EVIDENCE) from None
    except (ValueError, RecursionError):
        raise Wrong("the file", _NO_EVIDENCE) from None
    if written.encode() != file:
        how = "not written as a hub writes it: something was added, or put in another way"
        raise Wrong(differing(file, written), how)
    return evidence


def _misread(file: bytes, wrong: ValidationError) -> str:
    """Name the part of a file that cannot be read; where several cannot, it is the file."""
    faults = wrong.errors(include_url=False, include_context=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        return broken(file)
    return (
        misshapen(file, faults[0]["loc"]) if len({fault["loc"][:2] for fault in faults}) == 1 else "the file"
    )


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
