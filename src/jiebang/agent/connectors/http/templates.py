"""
Templates: a request with places for values, which can be nothing but values there.

A place is `{name}`. In an address each value is percent-encoded, and stays inside its segment; in a body
the structure stands before any value is put into it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TypeAlias
from urllib.parse import quote, urlencode

from jiebang.agent.connectors.http.paths import Scalar
from jiebang.agent.errors import StoreRefuses

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_LITERAL = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/-]*")
_DOTS = {"", ".", ".."}
_SECRETS = re.compile(r"authorization|cookie|token|secret|password|(api|access)[-_]?key", re.IGNORECASE)
"""Headers, and parts of a query, that hold a secret, by their names."""
_NO_SECRETS = {"", "true", "false"}
_SECRET_PARTS = re.compile(
    r"((user|admin|app|auth|client)[-_]?)?(password|secret)|((api|auth|access|refresh|bearer)[-_]?)?token"
    r"|(api|access)[-_]?key|authorization",
    re.IGNORECASE,
)
"""Parts of a body that hold a secret, by their whole names: `password_policy` is none."""

Values: TypeAlias = Mapping[str, Scalar | None]
"""Values by name; `None` for one that there is not this time, such as the first page's `{next}`."""
Json: TypeAlias = "Scalar | list[Json] | dict[str, Json] | None"


def places(template: object) -> Iterator[str]:
    """List the names of the values that a template needs."""
    match template:
        case str():
            yield from _PLACE.findall(template)
        case dict():
            for part in template.values():
                yield from places(part)
        case list() | tuple():
            for part in template:
                yield from places(part)


def check_path(path: str) -> str:
    """Refuse a path that is more, or less, than segments and places; raises `ValueError`."""
    if not _LITERAL.fullmatch(_PLACE.sub("", path)):
        raise ValueError("must begin with / and hold nothing but what a path may hold, and {places}")
    if any(segment in {".", ".."} for segment in path.split("/")):
        raise ValueError("must have no segments of dots")
    return path


def check_no_secret(told: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    """Refuse headers, or a query, with a secret among them; raises `ValueError`."""
    for name, template in told.items():
        fixed = not any(places(template)) and text_of(template).lower() not in _NO_SECRETS
        if fixed and _SECRETS.search(name):
            raise ValueError(
                f"must hold no secret: {name} goes by access in a header, or has a place for what a step took"
            )
    return told


def check_body(body: object) -> object:
    """
    Refuse a body with a secret in it, however deep; raises `ValueError`.

    A text without a letter or a digit is none: `password: "!"` shuts a way in.
    """
    match body:
        case dict():
            for name, part in body.items():
                word = isinstance(part, str) and any(map(str.isalnum, part)) and not any(places(part))
                if word and _SECRET_PARTS.fullmatch(str(name)):
                    raise ValueError(f"must hold no secret: {name} goes by access, or is what a step took")
                check_body(part)
        case list():
            for part in body:
                check_body(part)
    return body


def check_bearer(template: str) -> str:
    """Refuse a token that no step took; raises `ValueError`."""
    if not any(places(template)):
        raise ValueError("must hold no secret: it has a place for what a step took, such as {token}")
    return template


def unquoted(body: object) -> Iterator[str]:
    """List what may be places without quotes: YAML reads `{id}` as `id` without a value, all by itself."""
    match body:
        case dict():
            if len(body) == 1 and None in body.values():
                yield from map(str, body)
            for part in body.values():
                yield from unquoted(part)
        case list():
            for part in body:
                yield from unquoted(part)


def address(path: str, query: Mapping[str, Scalar], *, values: Values) -> str:
    """
    Fill a path and its query, ready to be sent as they are.

    A part of the query that has a place without a value is left out. Raises `StoreRefuses` for a value that
    would leave its segment.
    """
    segments = [_segment(part, values) if has_place else part for part, has_place in _split(path)]
    asked = {name: filled(part, values) for name, part in query.items()}
    known = {name: text_of(value) for name, value in asked.items() if isinstance(value, Scalar)}
    told = urlencode(known, quote_via=quote, safe="")
    return "/".join(segments) + (f"?{told}" if told else "")


def header(template: str, values: Values) -> str:
    """Fill a header; raises `StoreRefuses` for a value that would be more than one line."""
    text = _inserted(template, values)
    if not text.isascii() or not text.isprintable():
        raise StoreRefuses("A value does not fit into a header.")
    return text


def filled(template: object, values: Values) -> Json:
    """
    Fill a body, or a part of one: a text that is one place becomes the value, as it is.

    What has a place without a value is left out.
    """
    match template:
        case dict():
            parts = {str(name): (part, filled(part, values)) for name, part in template.items()}
            return {name: new for name, (old, new) in parts.items() if new is not None or old is None}
        case list():
            return [filled(part, values) for part in template]
        case str():
            if any(_value(name, values) is None for name in places(template)):
                return None
            whole = _PLACE.fullmatch(template)
            return values[whole[1]] if whole else _inserted(template, values)
        case int() | float() | None:
            return template
        case _:
            return str(template)


def is_one_segment(text: str) -> bool:
    """Whether a text can stand in a path, even for a server that decodes the path before it splits it."""
    return text.isprintable() and not any(part in _DOTS for part in re.split(r"[/\\]", text))


def text_of(value: Scalar | None) -> str:
    """Write a value as it stands in an address or in a text; truth is written as JSON writes it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def _split(path: str) -> tuple[tuple[str, bool], ...]:
    """Split a path into segments, and say which of them have places."""
    return tuple((segment, "{" in segment) for segment in path.split("/"))


def _segment(template: str, values: Values) -> str:
    if not all(is_one_segment(text_of(_value(name, values))) for name in places(template)):
        raise StoreRefuses("A value does not fit into a path.")
    return _PLACE.sub(lambda at: quote(text_of(values[at[1]]), safe=""), template)


def _inserted(template: str, values: Values) -> str:
    return _PLACE.sub(lambda at: text_of(_value(at[1], values)), template)


def _value(name: str, values: Values) -> Scalar | None:
    if name not in values:
        raise StoreRefuses(f"There is no {name}, which a step needs.")
    return values[name]
