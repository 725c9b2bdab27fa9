"""A complaint file as a hub gives it: an order denied with words, one fulfilled, one that nobody acts on."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from jiebang.domain.evidence import Evidence
from jiebang.domain.journal import Entry, canonical
from jiebang.gathering import gather
from jiebang.portal.evidence_page import page
from jiebang.store import journal
from jiebang.store.database import Database
from jiebang.store.migrate import upgrade
from jiebang.wire.attachments import ATTACHED, attach
from tests.api.asking import order, outcome, proven, signed
from tests.api.hub import Hub, opened

Spoil = Callable[[dict[str, Any]], None]
"""Changes a file's JSON where it stands."""


@dataclass(frozen=True, slots=True)
class Given:
    """The same evidence in each way in which a hub gives it, or gave it once."""

    file: bytes
    pages: bytes
    file_before: bytes
    """As hubs wrote it before they sealed pages."""


def file() -> bytes:
    """Give the file."""
    return given().file


@cache
def given() -> Given:
    """Give all of it, made once."""
    with TemporaryDirectory() as place:
        url = f"sqlite:///{Path(place)}/hub.db"
        database = Database(url)
        upgrade(database)
        database.close()
        with opened(url) as hub:
            evidence, sign = made(hub), hub.house.sealer.signature
            pages = page(evidence, sign=sign)
            before = replace(evidence, evidence=1, seal="")
            before = replace(before, seal=sign(before.statement()))
            return Given(evidence.text().encode(), pages, before.text().encode())


def made(hub: Hub) -> Evidence:
    """Let the orders come and go, with much else in the journal before them, and gather."""
    with hub.house.database.write() as connection:
        others = [Entry(at=hub.clock(), what="order:moved", by="hub", order_id=f"{at}") for at in range(9)]
        journal.write(connection, others)
    denied, done, silent = (order(hub, handle) for handle in ("denied", "done", "silent"))
    told = [
        signed(hub, outcome(denied.id, "denied", reason="open_obligation", words="还有余额 “2”")),
        signed(hub, outcome(done.id, "accepted")),
        outcome(done.id, "fulfilled"),
        signed(hub, outcome(done.id, "fulfilled")),
    ]
    hub.call("POST", "/platform/v1/outcomes", {"outcomes": told})
    hub.clock.ahead = 2 * (silent.due - silent.placed_at)
    return gather(hub.house, proven(hub))


def blank(*attached: bytes) -> bytes:
    """Write a PDF with nothing on it, and with files of evidence attached."""
    out = BytesIO()
    canvas = Canvas(out, invariant=True)
    canvas.showPage()
    canvas.save()
    pdf = out.getvalue()
    for content in attached:
        pdf = attach(pdf, content, name=ATTACHED)
    return pdf


def spoilt(spoil: Spoil) -> bytes:
    """Give the file changed, and otherwise well written."""
    said = json.loads(file())
    spoil(said)
    return canonical(said).encode()
