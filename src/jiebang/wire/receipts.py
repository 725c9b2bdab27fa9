"""
Receipts: a platform's signed word on what became of an order, kept for whoever must be shown it.

A JWS (RFC 7515) by the platform's own key over the outcome and the fingerprint of the letter that ordered it,
so that it fits no other order, no other outcome, and no order that was opened again.
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from jiebang.domain.outcome import FalseReceipt, Outcome
from jiebang.wire.keys import ALGORITHM, Key

TYPE = "receipt+jwt"


def sign_receipt(outcome: Outcome, *, platform: str, hub: str, key: Key) -> str:
    """Sign an outcome, whose `letter` is the fingerprint of the letter that ordered it."""
    said = json.dumps(_claims(outcome, platform, hub=hub), separators=(",", ":"), ensure_ascii=False)
    return jws.serialize_compact(key.header(TYPE), said.encode(), key.private)


def read_receipt(token: str, outcome: Outcome, *, keys: KeySet, platform: str, hub: str) -> Outcome:
    """
    Give an outcome its receipt, and the fingerprint that this names.

    Refuses with `FalseReceipt` what the platform has not signed, and what says anything else than the
    outcome does. Whether it names the right letter is for the caller to find out.
    """
    try:
        signed = jws.deserialize_compact(token, keys, algorithms=[ALGORITHM])
        claims = json.loads(signed.payload)
        letter, at = claims["letter"], datetime.fromisoformat(claims["at"])
    except (JoseError, KeyError, TypeError, ValueError, RecursionError) as refused:
        raise FalseReceipt from refused
    told = replace(outcome, letter=str(letter), receipt=token)
    expected = _claims(told, platform, hub=hub) | {"at": claims["at"]}
    if signed.headers().get("typ") != TYPE or claims != expected or at != outcome.at:
        raise FalseReceipt
    return told


def _claims(outcome: Outcome, platform: str, *, hub: str) -> dict[str, Any]:
    claims = {
        "iss": platform, "aud": hub, "order_id": outcome.order_id, "outcome": outcome.said.value,
        "at": outcome.at.isoformat(), "letter": outcome.letter,
    }  # fmt: skip
    if outcome.reason is not None:
        claims["reason"] = outcome.reason.value
    if outcome.words is not None:
        claims["words"] = outcome.words
    return claims
