"""Pages: templates in the holder's language, with the words and the clock that they need."""

import hashlib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from jiebang.domain.errors import Refusal
from jiebang.domain.number import Number
from jiebang.domain.proof import Proof
from jiebang.house import House
from jiebang.portal import words
from jiebang.portal.language import Language, spoken
from jiebang.portal.moments import Clock, zone_of
from jiebang.portal.statuses import status_of
from jiebang.wire.carriers import Carriers

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
TEMPLATES = _HERE / "templates"


def house_of(request: Request) -> House:
    """The hub that this request came to."""
    return cast("House", request.app.state.house)


def carriers_of(request: Request) -> Carriers:
    """The carriers that this hub can ask."""
    return cast("Carriers", request.app.state.carriers)


def show(
    request: Request,
    template: str,
    *,
    here: str,
    error: Refusal | None = None,
    status: int = 200,
    number: Number | None = None,
    **said: Any,  # noqa: ANN401 - whatever the template says
) -> HTMLResponse:
    """
    Write a page.

    `here` is the path at which the page can be fetched again, for the language switch. The `number`
    sets the zone of the clock; so does a `proof`, which also shows that the holder is signed in.
    """
    language, proof = spoken(request), cast("Proof | None", said.get("proof"))
    house = house_of(request)
    line = number or (proof.number if proof else None)
    clock = Clock(language, zone_of(line), house.now())
    written = {
        "proof": None, **said, "here": here, "error": error, "language": language, "clock": clock,
        "policy": house.policy, "number_known": line is not None,
    }  # fmt: skip
    text = environment(language).get_template(template).render(written)
    return HTMLResponse(
        text,
        status_code=status_of(error) if error else status,
        headers={"Content-Language": language.tag},
    )


@cache
def environment(language: Language) -> Environment:
    """Set the templates up for one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.policies["ext.i18n.trimmed"] = True
    catalogue = words.translations(language)
    cast("Any", made).install_gettext_translations(catalogue, newstyle=True)

    def word(value: StrEnum) -> str:
        return str(catalogue.gettext(words.named(value)))

    def sentence(refusal: Refusal) -> str:
        return str(catalogue.gettext(str(refusal)))

    made.filters |= {"word": word, "sentence": sentence}
    made.globals |= {"asset": asset, "languages": list(Language), "gap": language.gap}
    return made


@cache
def asset(name: str) -> str:
    """The address of a static file, which changes when the file does, so that browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
