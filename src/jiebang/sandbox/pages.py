"""A page of the portal as a browser without JavaScript sees it: its forms, and what it shows."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_WITHIN_WORDS = frozenset({"a", "abbr", "b", "bdi", "code", "em", "i", "small", "span", "strong", "time"})
"""Elements before which and after which words go on."""
_UNSENT = frozenset({"button", "image", "reset", "submit"})
"""Kinds of input that a form does not send, but for the button that was pressed."""

Attributes = dict[str, str]


@dataclass(slots=True)
class Part:
    """An element with what it says; only those that the story looks at are kept."""

    tag: str
    attributes: Attributes
    within: "Part | None" = None
    said: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What it says, with single spaces."""
        return " ".join("".join(self.said).split())

    def inside(self, other: "Part") -> bool:
        """Whether it lies in the other, at any depth."""
        part: Part | None = self
        while part is not None:
            if part is other:
                return True
            part = part.within
        return False


@dataclass(slots=True)
class Form:
    """A form: where it goes, what it sends, and what its buttons would add."""

    part: Part
    fields: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    """Boxes that can be ticked and are not."""
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def action(self) -> str:
        """Where it goes."""
        return self.part.attributes.get("action", "")

    def sends(self, name: str, value: str) -> bool:
        """Whether it sends that of itself, or by one of its buttons."""
        return (name, value) in self.fields or (name, value) in self.buttons


class Page(HTMLParser):
    """One page, read."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[Part] = []
        self.forms: list[Form] = []
        self._open: list[Part] = []
        self._controls: list[Part] = []
        self.feed(html)
        self.close()
        for control in self._controls:
            self._place(control)

    @property
    def alerts(self) -> list[str]:
        """What the page says went wrong."""
        return [part.text for part in self.parts if part.attributes.get("role") == "alert"]

    def having(self, attribute: str) -> list[Part]:
        """List the parts that carry an attribute, in the page's order."""
        return [part for part in self.parts if attribute in part.attributes]

    def called(self, name: str, within: Part) -> list[Part]:
        """List the parts of a part that are of a class of the page's style."""
        styled = [part for part in self.having("class") if name in part.attributes["class"].split()]
        return [part for part in styled if part.inside(within)]

    def details(self, within: Part) -> dict[str, str]:
        """Read the description list of a part of the page."""
        inside = [part for part in self.parts if part.tag in {"dt", "dd"} and part.inside(within)]
        terms = [part.text for part in inside if part.tag == "dt"]
        return dict(zip(terms, [part.text for part in inside if part.tag == "dd"], strict=False))

    def form(self, action: str, *, within: Part | None = None, key: str = "", value: str = "") -> Form | None:
        """Find the first form that goes somewhere, of a part of the page, that sends what is named."""
        for form in self.forms:
            here = within is None or form.part.inside(within)
            if form.action == action and here and (not key or form.sends(key, value)):
                return form
        return None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element in, under those that are open."""
        attributes = {name: value or "" for name, value in attrs}
        part = Part(tag, attributes, within=self._open[-1] if self._open else None)
        self.parts.append(part)
        self._break(tag)
        if tag == "form":
            self.forms.append(Form(part))
        if tag in {"input", "button", "option"}:
            self._controls.append(part)
        if tag not in _EMPTY:
            self._open.append(part)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element of that name, and whatever was left open in it."""
        self._break(tag)
        if any(part.tag == tag for part in self._open):
            while self._open.pop().tag != tag:
                pass

    def _break(self, tag: str) -> None:
        if tag not in _WITHIN_WORDS:
            self._heard(" ")

    def _heard(self, data: str, /) -> None:
        for part in self._open:
            part.said.append(data)

    handle_data = _heard  # type: ignore[assignment]  # the same but for a parameter that is named "data" there

    def _place(self, control: Part) -> None:
        form = self._form_of(control)
        name = control.attributes.get("name", "")
        if form is None or not name or "disabled" in control.attributes:
            return
        pair = (name, control.attributes.get("value", ""))
        kind = control.attributes.get("type", "submit" if control.tag == "button" else "text")
        if kind in _UNSENT:
            form.buttons.append(pair)
        elif kind in {"checkbox", "radio"} and "checked" not in control.attributes:
            form.boxes.append(pair)
        else:
            form.fields.append(pair)

    def _form_of(self, control: Part) -> Form | None:
        named = control.attributes.get("form")
        for form in self.forms:
            if form.part.attributes.get("id") == named if named else control.inside(form.part):
                return form
        return None
