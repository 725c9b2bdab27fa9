"""Paths into JSON (RFC 9535): where in a reply something stands."""

import re
from typing import Annotated, TypeAlias

import jsonpath
from pydantic import BeforeValidator

Scalar: TypeAlias = str | int | float | bool
"""What a path may lead to where one value is wanted."""
_NAMES = re.compile(r"\$(\.[A-Za-z_][A-Za-z0-9_]*)+")


class Path:
    """A compiled path; what it leads to in a reply may be nothing, one node or several."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._compiled = jsonpath.compile(text, strict=True)
        self._is_root = text == "$"
        # Most paths are one name after another, and are walked for every account that is read.
        self._names = text.split(".")[1:] if _NAMES.fullmatch(text) else None

    def nodes(self, said: object) -> list[object]:
        """List what stands there; nothing where the reply is of another shape."""
        if self._is_root:
            return [said]
        # The library would read a text as JSON once more.
        if not isinstance(said, dict | list):
            return []
        if self._names is not None:
            return _walked(said, self._names)
        try:
            return list(self._compiled.findall(said))
        except (jsonpath.JSONPathError, RecursionError):
            return []

    def value(self, said: object) -> Scalar | None:
        """Give the first text, number or truth that stands there; `None` where there is none."""
        return next((node for node in self.nodes(said) if isinstance(node, Scalar)), None)


def _walked(said: object, names: list[str]) -> list[object]:
    """Go from name to name; nothing where one of them is not there."""
    for name in names:
        if not isinstance(said, dict) or name not in said:
            return []
        said = said[name]
    return [said]


def _compiled(text: object) -> Path:
    try:
        return Path(str(text))
    except (jsonpath.JSONPathError, RecursionError):
        raise ValueError("must be a JSONPath as in RFC 9535, such as $.users[0].id") from None


JsonPath = Annotated[Path, BeforeValidator(_compiled)]
