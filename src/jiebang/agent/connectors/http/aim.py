"""
Aim: whether a file's requests are about the one account that is meant, by the values that they hold.

A request without any would be done to whatever its address names, such as a whole collection.
"""

from collections.abc import Iterator, Sequence

from jiebang.agent.connectors.http.shape import Change, Requests
from jiebang.agent.connectors.http.steps import Step
from jiebang.agent.connectors.http.templates import places

_AFTER = "could change other accounts"


def astray(requests: Requests) -> str | None:
    """Say what is missing where a request could reach more than is meant; `None` where nothing is."""
    return next(_astray(requests), None)


def _astray(requests: Requests) -> Iterator[str]:
    if requests.find is not None and not any("number" in step.needs for step in requests.find.steps):
        yield "find needs {number} in its step: it would find everybody"
    if not any("id" in step.needs for step in requests.read.steps):
        yield "read needs {id} in one of its steps: it could read another account"
    own = frozenset({"id"})
    for step in requests.read.steps:
        own |= step.gives if _told(step) & own else frozenset()
    for name in ("unbind", "deregister", "flag"):
        change: Change | None = getattr(requests, name)
        if change is not None:
            yield from _loose(change, name, own=own, of_number=frozenset(requests.account.numbers.take))


def _loose(change: Change, name: str, *, own: frozenset[str], of_number: frozenset[str]) -> Iterator[str]:
    """
    Go through a change's steps: each has a value of this account, or of a reply that was about it.

    The number alone is none: others may have it too. What only reads, or only fetches a token, needs none.
    """
    for at, step in enumerate(change.steps):
        known = own | (of_number if step.for_each else frozenset())
        if _told(step) & known:
            own |= step.gives
        elif step.method != "GET" and not _lends(step, [*change.steps[at + 1 :], *change.afterwards]):
            yield f"{name}.steps[{at}] needs {{id}}, or a value that was taken from the account: it {_AFTER}"
    for at, step in enumerate(change.afterwards):
        if step.method != "GET" and not _told(step):
            yield f"{name}.afterwards[{at}] needs a value that was taken before: it {_AFTER}"


def _lends(step: Step, later: Sequence[Step]) -> bool:
    """Whether a step is there for what it gives, such as a token, to those that follow."""
    return any(step.gives & other.needs for other in later)


def _told(step: Step) -> frozenset[str]:
    """List what says to whom a step is done; a condition such as `If-Match` says only when."""
    named = {name: value for name, value in step.headers.items() if not name.lower().startswith("if-")}
    return frozenset(places([step.path, step.query, named, step.body, step.bearer or ""]))
