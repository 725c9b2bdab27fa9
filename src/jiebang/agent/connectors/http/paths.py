"""
Paths into JSON (RFC 9535): where in a reply something stands.

The library compiles each and refuses what is none. Names, `[*]` and `[?@.name == 'text']` are walked here:
nearly all paths are made of these, and every account that is read goes through a dozen of them.
"""

import re
from collections.abc import Iterable
from typing import Annotated, NamedTuple, TypeAlias

import jsonpath
from pydantic import BeforeValidator

Scalar: TypeAlias = str | int | float | bool
"""What a path may lead to where one value is wanted."""
_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[\*\]|\[\?@\.([A-Za-z_]\w*) == '([^'\\]*)'\]", re.ASCII)


class _Step(NamedTuple):
    """To what has this name; or to each child, and only to those in which a name has a text."""

    name: str | None
    having: str | None
    text: str | None


class Path:
    """A compiled path; what it leads to in a reply may be nothing, one node or several."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled = jsonpath.compile(text, strict=True)
        steps = [_Step(*found.groups()) for found in _STEP.finditer(text)]
        is_walked = text == "$" + "".join(found[0] for found in _STEP.finditer(text))
        self._steps = steps if is_walked else None

    def nodes(self, said: object) -> list[object]:
        """List what stands there; nothing where the reply is of another shape."""
        if self._steps is not None:
            nodes = [said]
            for step in self._steps:
                nodes = [below for node in nodes for below in _below(node, step)]
            return nodes
        # The library would read a text as JSON once more.
        if not isinstance(said, dict | list):
            return []
        try:
            return list(self._compiled.findall(said))
        except (jsonpath.JSONPathError, RecursionError):
            return []

    def value(self, said: object) -> Scalar | None:
        """Give the first text, number or truth that stands there; `None` where there is none."""
        return next((node for node in self.nodes(said) if isinstance(node, str | int | float)), None)


def _below(node: object, step: _Step) -> Iterable[object]:
    """Go one step down."""
    if step.name is not None:
        return (node[step.name],) if isinstance(node, dict) and step.name in node else ()
    children: Iterable[object] = (
        node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    )
    if step.having is None:
        return children
    return [child for child in children if isinstance(child, dict) and child.get(step.having) == step.text]


def _compiled(text: object) -> Path:
    try:
        return Path(str(text))
    except (jsonpath.JSONPathError, RecursionError):
        raise ValueError("must be a JSONPath as in RFC 9535, such as $.users[0].id") from None


JsonPath = Annotated[Path, BeforeValidator(_compiled)]
