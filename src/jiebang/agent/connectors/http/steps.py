"""Steps: one request of a file, and the signs by which its replies are told apart."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from jiebang.agent.connectors.http.paths import JsonPath, Scalar
from jiebang.agent.connectors.http.templates import (
    check_bearer,
    check_body,
    check_no_secret,
    check_path,
    places,
)
from jiebang.agent.fields import Part

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")]
_Status = Annotated[int, Field(ge=200, le=599)]


def _sign(said: object) -> object:
    return {"status": said} if isinstance(said, int) else said


class Sign(Part):
    """What tells one reply from others: its status, or what stands in it, or both."""

    status: _Status | None = None
    path: JsonPath | None = None
    value: Scalar | None = None
    """What must stand at `path`."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.path is None) != (self.value is None) or (self.status is None and self.path is None):
            raise ValueError("needs a status, or a path and the value that stands there")
        return self

    def shows(self, status: int, said: object) -> bool:
        """Whether a reply has the sign."""
        if self.status not in {None, status}:
            return False
        return self.path is None or self.path.value(said) == self.value


Signs = tuple[Annotated[Sign, BeforeValidator(_sign)], ...]


class Step(Part):
    """One request, what may come back, and which values are taken from it."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: Annotated[str, AfterValidator(check_path)]
    query: Annotated[Mapping[str, Scalar], AfterValidator(check_no_secret)] = {}
    """A part of it that has a place without a value, such as the first page's `{next}`, is left out."""
    headers: Annotated[Mapping[HeaderName, str], AfterValidator(check_no_secret)] = {}
    body: Annotated[Any, AfterValidator(check_body)] = None
    bearer: Annotated[str, AfterValidator(check_bearer)] | None = None
    """A token for this request alone, in place of the agent's own access."""
    expect: tuple[_Status, ...] = ()
    """Statuses that mean success; any from 200 to 299 where none is said."""
    must: Signs = ()
    """What must stand in a reply that is a success: all of it."""
    gone: Signs = ()
    """Replies that mean: there is no such thing, or not any more."""
    conflict: Signs = ()
    """Replies that mean: somebody else has changed the account since it was read."""
    later: Signs = ()
    """Replies that mean: try again later."""
    declined: Signs = ()
    """Replies that mean: the store's own rules do not allow this change, now or later."""
    take: Mapping[Name, JsonPath] = {}
    take_headers: Mapping[Name, str] = {}
    keep: Name | None = None
    """Of several steps of `read`: under which name this reply becomes a part of the account."""
    for_each: Literal["number"] | None = None
    """Send it once for each place where the account has the number."""

    @cached_property
    def needs(self) -> frozenset[str]:
        """The values without which it cannot be sent."""
        return frozenset(places([self.path, self.query, self.headers, self.body, self.bearer or ""]))

    @property
    def gives(self) -> frozenset[str]:
        """The values that it takes from its reply."""
        return frozenset(self.take) | frozenset(self.take_headers)
