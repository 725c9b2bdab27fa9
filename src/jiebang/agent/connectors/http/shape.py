"""What a file of requests says: how one kind of HTTP interface is asked, section by section."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from jiebang.agent.connectors.http.paths import JsonPath, Path
from jiebang.agent.connectors.http.steps import HeaderName, Name, Signs, Step
from jiebang.agent.connectors.http.templates import check_no_secret, check_path, places, unquoted
from jiebang.agent.fields import Part, Spelling

_ROOT = Path("$")
_CHANGES = ("unbind", "deregister", "flag")
_CHANGING = {f"{name}.steps" for name in _CHANGES}

ADDRESSES = "link"
"""The header that holds links to other pages (RFC 8288)."""
ALWAYS = frozenset({"soon_ms"})
"""Values that every section has; `soon_ms` is in a minute, by the server's clock, in ms since 1970."""


def _bare(name: str) -> str:
    return f'{{{name}}} without quotes; write "{{{name}}}", or take it by another name where null is meant'


def _pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as wrong:
        raise ValueError(f"must be a regular expression: {wrong.msg}") from wrong
    return pattern


def _several(paths: object) -> object:
    return paths if isinstance(paths, list) else [paths]


JsonPaths = Annotated[tuple[JsonPath, ...], BeforeValidator(_several)]
"""Tried in turn: the first that leads to something counts."""


class Pages(Part):
    """How a reply of several pages is gone through; the places are `{page}`, `{offset}` and `{next}`."""

    by: Literal["page", "offset", "next"]
    first: int = Field(1, ge=0)
    next: JsonPath | None = None
    """Where the next page's token stands; none there, 0 or false: it was the last."""
    next_header: HeaderName | None = None
    next_query: str | None = None
    """Where a link to the next page stands there: which part of its query is the token."""
    last: Signs = ()
    """Replies that are the last page, whatever else they say."""
    most: int = Field(100, ge=1)
    """More pages than this for one number are a mistake."""

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.by == "next") != (self.next is not None or self.next_header is not None):
            raise ValueError("needs next or next_header if, and only if, it goes by next")
        if self.next is not None and self.next_header is not None:
            raise ValueError("needs one of next and next_header, and not both")
        if self.next_query is not None and self.by != "next":
            raise ValueError("needs no next_query unless it goes by next")
        if (self.next_header or "").lower() == ADDRESSES and self.next_query is None:
            raise ValueError("needs next_query where next_header is Link: no link is ever followed")
        return self


class Search(Part):
    """Where accounts come from: replies that hold them, or that hold their ids."""

    steps: tuple[Step, ...] = Field(min_length=1, max_length=1)
    ids: JsonPath | None = None
    accounts: JsonPath | None = None
    pages: Pages | None = None

    @model_validator(mode="after")
    def _gives_accounts(self) -> Self:
        if (self.ids is None) == (self.accounts is None):
            raise ValueError("needs one of ids and accounts")
        if {"next", "since"} & set(places(self.steps[0].path)):
            raise ValueError("has a path with {next} or {since}, which the first page has not")
        return self

    @property
    def begins_with(self) -> frozenset[str]:
        """The values that say which page it is."""
        return frozenset() if self.pages is None else frozenset({self.pages.by})


class Listing(Search):
    """How all accounts are listed."""

    since: JsonPath | None = None
    since_header: HeaderName | None = None
    """Where a list says how new it is; as `{since}` that leads to what was changed after it."""


class Reading(Part):
    """How one account is read by its id."""

    steps: tuple[Step, ...] = Field(min_length=1)
    account: JsonPath = _ROOT
    """Where in the reply the account stands."""


class Change(Part):
    """What is done to one account, after it was read and seen to have the number."""

    steps: tuple[Step, ...] = Field(min_length=1)
    afterwards: tuple[Step, ...] = ()
    """What is sent in any case, also where a step failed: a token is given back."""

    def lends(self, step: Step) -> bool:
        """Whether a step is there for a token by which others are sent, and changes nothing by itself."""
        others = (*self.steps, *self.afterwards)
        return any(step.gives.intersection(places(other.bearer or "")) for other in others)


class Check(Part):
    """What can be proven without an account."""

    steps: tuple[Step, ...] = ()
    absent: str | None = None
    """An id that no account has."""


class Numbers(Part):
    """Where in an account its numbers stand."""

    each: JsonPath = _ROOT
    """One node for each number; the account itself where it has one."""
    value: JsonPath = _ROOT
    bound_at: JsonPaths = ()
    take: Mapping[Name, JsonPath] = {}


class Account(Part):
    """Where in an account's JSON the agent finds what it must know."""

    id: JsonPath
    pattern: Annotated[str, AfterValidator(_pattern)] | None = None
    """What an id looks like: a regular expression for the whole of it."""
    numbers: Numbers
    closed: Signs = ()
    """What stands in an account that is closed, and may be there still."""
    label: JsonPaths = ()
    created_at: JsonPaths = ()
    last_used: JsonPaths = ()
    other_logins: tuple[JsonPath, ...] = ()
    """Whatever they lead to is a way in of its own: all of it is counted."""
    every_login: bool = True
    """Whether those are all that an account can have; otherwise to find none says nothing."""


class Access(Part):
    """How the agent shows who it is."""

    type: Literal["none", "bearer", "basic", "header", "client_credentials"]
    header: HeaderName | None = None
    path: Annotated[str, AfterValidator(check_path)] | None = None
    """Of the token endpoint, on the store's own server."""
    scope: str | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.type == "header") != (self.header is not None):
            raise ValueError("needs header if, and only if, its type is header")
        return self


class Requests(Part):
    """A whole file of requests."""

    filled_in: bool = True
    """Whether somebody has made it fit an interface: what `jiebang agent init` begins is an example."""
    access: Access
    headers: Annotated[Mapping[HeaderName, str], AfterValidator(check_no_secret)] = {}
    spellings: tuple[Spelling, ...] = Field(("e164",), min_length=1)
    tries: int = Field(3, ge=1, le=5)
    """How often a request is sent that only reads, or that the server turned away unread."""
    account: Account
    check: Check = Check()
    find: Search | None = None
    read: Reading
    unbind: Change | None = None
    deregister: Change | None = None
    flag: Change | None = None
    list: Listing | None = None

    @model_validator(mode="after")
    def _names_what_it_has(self) -> Self:
        for begun_with, steps, section in self._sections():
            known = begun_with
            for at, step in enumerate(steps):
                there = known | (self._of_number() if step.for_each else frozenset())
                if wanting := step.needs - there:
                    raise ValueError(
                        f"{section}[{at}] uses {{{min(wanting)}}}, which nothing before it gives"
                    )
                # Any other name that stands alone has the value null, as in JSON.
                if bare := (there | {"stored"}).intersection(unquoted(step.body)):
                    raise ValueError(f"{section}[{at}].body holds {_bare(min(bare))}")
                known |= step.gives
        return self

    @model_validator(mode="after")
    def _declines_only_changes(self) -> Self:
        for _, steps, section in self._sections():
            for at, step in enumerate(steps):
                if step.declined and section not in _CHANGING:
                    raise ValueError(f"{section}[{at}] has declined, which only a change can be")
        return self

    def place_of(self, step: Step) -> str:
        """Say where in the file a step of it stands."""
        return next(
            f"{section}[{at}]"
            for _, steps, section in self._sections()
            for at, own in enumerate(steps)
            if own is step
        )

    def _sections(self) -> Iterator[tuple[frozenset[str], Sequence[Step], str]]:
        """Give each sequence of steps, with the values that it begins with, and its name."""
        yield ALWAYS, self.check.steps, "check.steps"
        of_account = ALWAYS | {"id"}
        yield of_account, self.read.steps, "read.steps"
        of_account = of_account.union(*(step.gives for step in self.read.steps))
        if self.find is not None:
            yield ALWAYS | self.find.begins_with | {"number"}, self.find.steps, "find.steps"
        if self.list is not None:
            yield ALWAYS | self.list.begins_with | {"since"}, self.list.steps, "list.steps"
        for name in _CHANGES:
            change: Change | None = getattr(self, name)
            if change is not None:
                yield of_account, change.steps, f"{name}.steps"
                taken = of_account.union(*(step.gives for step in change.steps))
                yield taken, change.afterwards, f"{name}.afterwards"

    def _of_number(self) -> frozenset[str]:
        """The values of one place where an account has the number."""
        return frozenset({"stored"}) | frozenset(self.account.numbers.take)
