"""
Receipts: a platform's signed word on what became of an order, kept for whoever must be shown it.

A JWS (RFC 7515) by the platform's own key over the outcome and the fingerprint of the letter that ordered it,
so that it fits no other order, no other outcome, and no order that was opened again.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from jiebang.domain.order import Denial
from jiebang.domain.outcome import FalseReceipt, Outcome, Said
from jiebang.wire.keys import ALGORITHM, Key

TYPE = "receipt+jwt"
_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_NO_RECEIPT = (JoseError, AttributeError, KeyError, TypeError, ValueError, RecursionError)
_MEMBERS = {"iss", "aud", "order_id", "outcome", "at", "letter", "reason", "words"}


def sign_receipt(outcome: Outcome, *, platform: str, hub: str, key: Key) -> str:
    """Sign an outcome, whose `letter` is the fingerprint of the letter that ordered it."""
    said = {
        "iss": platform, "aud": hub, "order_id": outcome.order_id, "outcome": outcome.said.value,
        "at": outcome.at.isoformat(), "letter": outcome.letter,
    }  # fmt: skip
    if outcome.reason is not None:
        said["reason"] = outcome.reason.value
    if outcome.words is not None:
        said["words"] = outcome.words
    return key.sign(_JSON.encode(said).encode(), kind=TYPE)


def open_receipt(token: str, *, keys: KeySet, platform: str, hub: str) -> Outcome:
    """
    Give the outcome that a platform has signed for a hub, with the fingerprint that it names.

    Refuses all else with `FalseReceipt`. Whether it names the right letter is for the caller to find out.
    """
    try:
        signed = jws.deserialize_compact(token, keys, algorithms=[ALGORITHM])
        claims: Mapping[str, Any] = json.loads(signed.payload)
        reason = claims.get("reason")
        told = Outcome(
            order_id=claims["order_id"], said=Said(claims["outcome"]),
            at=datetime.fromisoformat(claims["at"]), reason=reason and Denial(reason),
            words=claims.get("words"), letter=claims["letter"], receipt=token,
        )  # fmt: skip
    except _NO_RECEIPT as refused:
        raise FalseReceipt from refused
    meant = (signed.headers().get("typ"), claims.get("iss"), claims.get("aud")) == (TYPE, platform, hub)
    if not meant or not claims.keys() <= _MEMBERS or not isinstance(told.letter, str):
        raise FalseReceipt
    return told


def read_receipt(token: str, outcome: Outcome, *, keys: KeySet, platform: str, hub: str) -> Outcome:
    """
    Give an outcome its receipt, and the fingerprint that this names; refuses as `open_receipt` does.

    So it refuses a receipt that says anything else than the outcome does.
    """
    signed = open_receipt(token, keys=keys, platform=platform, hub=hub)
    told = replace(outcome, letter=signed.letter, receipt=token)
    if told != replace(signed, attempt=outcome.attempt):
        raise FalseReceipt
    return told
