"""What is done with the letters of one poll: questions are answered, the rest goes through the ledger."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import structlog

from jiebang.agent.act import act_on_due
from jiebang.agent.clean import clean_on_due
from jiebang.agent.connectors.contract import Record
from jiebang.agent.desk import Desk
from jiebang.agent.errors import Ambiguous, StoreDown, StoreTrouble, TooManyRecords
from jiebang.agent.ledger import Entry
from jiebang.agent.mailbox import SIGNALS, Complaint, complaint
from jiebang.agent.reading import attempt_in, handle_in, id_in, instant_in, number_in
from jiebang.agent.signal_book import Heard, heard_in
from jiebang.agent.tallies import Tally
from jiebang.domain.binding import OrderKind
from jiebang.domain.errors import NotALetter
from jiebang.domain.letter import Event
from jiebang.domain.number import Number
from jiebang.wire.tokens import ReceivedLetter

QUESTIONS_AT_ONCE = 8
"""Questions that the store is asked side by side."""
_ORDERS = {Event.UNBIND_ORDERED: OrderKind.UNBIND, Event.DEREGISTER_ORDERED: OrderKind.DEREGISTER}
_NOT_ASKED = "not_asked"
"""The hub's word for an answer that nobody waits for any more."""
_QUIET = (Event.VERIFICATION, Event.STREAM_UPDATED)

words = structlog.get_logger()


@dataclass(slots=True)
class Dealt:
    """How the letters of one poll ended, by `jti`. What is in neither comes again."""

    done: list[str] = field(default_factory=list)
    complaints: dict[str, Complaint] = field(default_factory=dict)


class _Question(NamedTuple):
    jti: str
    query_id: str
    number: Number


@dataclass(slots=True)
class _Sorted:
    """The letters of one poll, by what they ask for; orders, and those that have ended, by their `jti`."""

    questions: list[_Question] = field(default_factory=list)
    orders: list[tuple[str, Entry]] = field(default_factory=list)
    ended: list[tuple[str, tuple[str, int]]] = field(default_factory=list)
    signals: list[tuple[str, Heard]] = field(default_factory=list)


async def deal_with(letters: Iterable[ReceivedLetter], desk: Desk) -> Dealt:
    """
    Answer, act and tell; say which letters can be confirmed.

    Raises `HubTrouble` when the hub cannot be told; then every letter comes again, and nothing is
    done twice.
    """
    dealt = Dealt()
    pile = _sorted(letters, dealt, now=desk.now())
    # Before anything is acted on: what one letter revokes, another may have ordered.
    await asyncio.to_thread(desk.ledger.end, dict(ended for _, ended in pile.ended), desk.now())
    dealt.done += [jti for jti, _ in pile.ended]
    await asyncio.to_thread(desk.ledger.take, [entry for _, entry in pile.orders])
    await _answer(pile.questions, desk, dealt=dealt)
    if pile.orders:
        ids = [entry.id for _, entry in pile.orders]
        await act_on_due(desk, among=ids)
        settled = await asyncio.to_thread(desk.ledger.settled, ids, desk.now())
        dealt.done += [jti for jti, entry in pile.orders if entry.id in settled]
    await _clean(pile.signals, desk, dealt=dealt)
    return dealt


async def _clean(signals: Sequence[tuple[str, Heard]], desk: Desk, *, dealt: Dealt) -> None:
    """Act on signals as the configuration says; a signal that the store can never act on is complained of."""
    if not signals or desk.clean is None:
        dealt.done += [jti for jti, _ in signals]
        return
    await asyncio.to_thread(desk.book.take, [heard for _, heard in signals])
    refused = await clean_on_due(desk)
    settled = await asyncio.to_thread(desk.book.settled, [heard.id for _, heard in signals])
    dealt.done += [jti for jti, heard in signals if heard.id in settled]
    for jti, heard in signals:
        if heard.id in refused:
            dealt.complaints[jti] = complaint("invalid_request", "The store cannot act on this.")


def _sorted(letters: Iterable[ReceivedLetter], dealt: Dealt, *, now: datetime) -> _Sorted:
    pile = _Sorted()
    for letter in letters:
        try:
            _put(letter, pile, dealt=dealt, now=now)
        except NotALetter:
            dealt.complaints[letter.jti] = complaint("invalid_request", "It does not say what it must.")
    return pile


def _put(letter: ReceivedLetter, pile: _Sorted, *, dealt: Dealt, now: datetime) -> None:
    """Put a letter where it belongs; raises `NotALetter` when it lacks what its event must say."""
    if letter.event == Event.BINDINGS_ASKED:
        pile.questions.append(_Question(letter.jti, id_in(letter, "query_id"), number_in(letter)))
    elif letter.event in _ORDERS:
        pile.orders.append((letter.jti, _entry(letter, now, kind=_ORDERS[Event(letter.event)])))
    elif letter.event == Event.ORDER_OVERDUE:
        # The ledger knows what is left to do: act at once, or say again what came of it.
        pile.orders.append((letter.jti, _entry(letter, now, kind=_kind(letter))))
    elif letter.event == Event.ORDER_REVOKED:
        pile.ended.append((letter.jti, (id_in(letter, "order_id"), attempt_in(letter))))
    elif letter.event in SIGNALS:
        pile.signals.append((letter.jti, heard_in(letter, now)))
    elif letter.event in _QUIET:
        words.info("agent:stream:spoke", event_type=letter.event)
        dealt.done.append(letter.jti)
    else:
        dealt.complaints[letter.jti] = complaint("invalid_request", "An event that was not asked for.")


async def _answer(questions: Sequence[_Question], desk: Desk, *, dealt: Dealt) -> None:
    """Ask the store, a few questions at once, and send what it says in one batch, while it is believed."""
    if questions and not await desk.believes():
        return
    room = asyncio.Semaphore(QUESTIONS_AT_ONCE)

    async def _one(question: _Question) -> dict[str, Any] | None:
        async with room:
            return await _find(question, desk, dealt=dealt)

    found = await asyncio.gather(*(_one(question) for question in questions))
    answers = [answer for answer in found if answer is not None]
    misread = await _tell(answers, desk)
    for question, answer in zip(questions, found, strict=True):
        if answer and question.query_id not in misread:
            dealt.done.append(question.jti)
            desk.tallies.count(Tally.QUESTION, "answered")
            desk.tallies.count(Tally.BINDING, by=len(answer["bindings"]))
        elif answer:
            desk.tallies.count(Tally.QUESTION, "misread")
            dealt.complaints[question.jti] = complaint("invalid_request", "The answer was not understood.")


async def _tell(answers: Sequence[dict[str, Any]], desk: Desk) -> set[str]:
    """Send answers in one batch; gives the questions of which the hub could not read the answer."""
    misread: set[str] = set()
    for answer, verdict in zip(answers, await desk.hub.hand_in("answers", answers), strict=True):
        if verdict["status"] == "refused":
            code = (verdict.get("refusal") or {}).get("code")
            words.warning("agent:answer:refused", query=answer["query_id"], code=code)
            if code != _NOT_ASKED:
                misread.add(answer["query_id"])
    return misread


async def _find(question: _Question, desk: Desk, *, dealt: Dealt) -> dict[str, Any] | None:
    """Answer one question; `None` when it cannot be answered, and a complaint when it never can."""
    try:
        found = await desk.connector.find(question.number)
    except StoreTrouble as trouble:
        words.error("agent:query:not-answered", query=question.query_id, why=str(trouble))
        desk.tallies.count(Tally.QUESTION, "down" if isinstance(trouble, StoreDown) else "refused")
        if isinstance(trouble, TooManyRecords | Ambiguous):
            dealt.complaints[question.jti] = complaint("invalid_request", "The store cannot answer this.")
        return None
    if found.strangers:
        words.warning("agent:store:filter-lies", query=question.query_id, strangers=found.strangers)
        if not await desk.believes(doubt=True):
            return None
    words.info("agent:query:answered", query=question.query_id, bindings=len(found.records))
    bindings = [binding_of(record) for record in found.records]
    return {"query_id": question.query_id, "complete": found.complete, "bindings": bindings}


def binding_of(record: Record) -> dict[str, Any]:
    """Write a record as the hub sees it."""
    bound = record.bound
    return {
        "handle": record.handle,
        "kind": record.kind.value,
        "label": record.label,
        "class": record.record_class.value,
        "bound": {
            "at": bound.at and bound.at.isoformat(),
            "precision": bound.precision.value,
            "source": bound.source.value,
        },
        "last_used": record.last_used and record.last_used.isoformat(),
        "other_logins": record.other_logins,
        "can": sorted(kind.value for kind in record.can),
        "conditions": list(record.conditions),
    }


def _entry(letter: ReceivedLetter, now: datetime, *, kind: OrderKind) -> Entry:
    return Entry(
        id=id_in(letter, "order_id"), kind=kind, handle=handle_in(letter), number=number_in(letter),
        act_at=instant_in(letter.said, "object_until"), heard_at=now, letter=letter.fingerprint,
        attempt=attempt_in(letter),
    )  # fmt: skip


def _kind(letter: ReceivedLetter) -> OrderKind:
    try:
        return OrderKind(str(letter.said.get("order")))
    except ValueError:
        raise NotALetter from None
