"""Check: one thing that the protocol asks of a platform, and how to find out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from jiebang.sandbox.conformance.play import Play

How = Callable[[Play], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Check:
    """A check; what it returns is a remark for the report."""

    name: str
    section: str
    claim: str
    how: How
    required: bool = True


def check(section: str, claim: str, *, required: bool = True) -> Callable[[How], Check]:
    """Make a check of a function; its name is the function's, with hyphens."""

    def made(how: How) -> Check:
        name = how.__name__.strip("_").replace("_", "-")
        return Check(name, section, claim, how, required)

    return made
