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

from jiebang.domain.errors import BadToken
from jiebang.domain.order import Denial
from jiebang.domain.outcome import FalseReceipt, Outcome, Said
from jiebang.wire.keys import Key, Signatures

TYPE = "receipt+jwt"
_JSON = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_NO_RECEIPT = (BadToken, KeyError, TypeError, ValueError, RecursionError)


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


def read_receipt(token: str, outcome: Outcome, *, by: Signatures, platform: str, hub: str) -> Outcome:
    """
    Give an outcome its receipt, and the fingerprint that this names.

    Refuses with `FalseReceipt` what the platform has not signed, and what says anything else than the
    outcome does. Whether it names the right letter is for the caller to find out.
    """
    try:
        claims: Mapping[str, Any] = json.loads(by.payload(token, kind=TYPE))
        letter, at = claims["letter"], datetime.fromisoformat(claims["at"])
        wanted: dict[str, Any] = {
            "iss": platform, "aud": hub, "order_id": outcome.order_id, "outcome": outcome.said,
            "reason": outcome.reason, "words": outcome.words, "letter": letter, "at": claims["at"],
        }  # fmt: skip
        agrees = claims.keys() <= wanted.keys() and all(claims.get(name) == wanted[name] for name in wanted)
    except _NO_RECEIPT as refused:
        raise FalseReceipt from refused
    if not agrees or at != outcome.at or not isinstance(letter, str):
        raise FalseReceipt
    return replace(outcome, letter=letter, receipt=token)


def open_receipt(token: str, *, by: Signatures, platform: str, hub: str) -> Outcome:
    """Give the outcome that a platform has signed for a hub; refuses all else with `FalseReceipt`."""
    try:
        claims: Mapping[str, Any] = json.loads(by.payload(token, kind=TYPE))
        reason = claims.get("reason")
        told = Outcome(
            order_id=claims["order_id"], said=Said(claims["outcome"]),
            at=datetime.fromisoformat(claims["at"]), reason=reason and Denial(reason),
            words=claims.get("words"),
        )  # fmt: skip
    except (AttributeError, *_NO_RECEIPT) as refused:
        raise FalseReceipt from refused
    return read_receipt(token, told, by=by, platform=platform, hub=hub)
