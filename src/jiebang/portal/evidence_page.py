"""Evidence for people: a page for each order, in both languages, with the file for machines attached."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from enum import StrEnum
from html import escape
from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from jiebang.domain.evidence import Claimed, Evidence, Platform, Sworn
from jiebang.domain.journal import HOLDER, HUB
from jiebang.domain.number import parse
from jiebang.domain.order import Denial, State
from jiebang.portal import words
from jiebang.portal.language import Language
from jiebang.portal.moments import zone_of
from jiebang.wire.attachments import ATTACHED, attach
from jiebang.wire.keys import public_keys
from jiebang.wire.pages import seal_pages
from jiebang.wire.receipts import open_receipt

_FONT = "STSong-Light"
"""One of the Chinese fonts that readers of PDF bring along, so that no font travels in the file."""
registerFont(UnicodeCIDFont(_FONT))

_INK, _FAINT, _LATE = HexColor(0x1A2B2B), HexColor(0x9AB0B0), HexColor(0xB00020)
_TEXT = ParagraphStyle("text", fontName=_FONT, fontSize=9.5, leading=14, textColor=_INK, wordWrap="CJK")
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=7.5, leading=10)
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=15, leading=24)
_HEAD = ParagraphStyle("head", parent=_TEXT, fontSize=11.5, leading=20, spaceBefore=8)
_GRID = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _FAINT),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
    ]
)
# Between the margins, less what the frame keeps free at either side.
_WIDTH = A4[0] - 36 * mm - 12


def page(evidence: Evidence, *, sign: Callable[[str], str]) -> bytes:
    """
    Write a PDF: what was asked, what became of it, and how to check it; the JSON is attached.

    Under all of it is the hub's seal, by `sign`.
    """
    out = BytesIO()
    title = _both(_("Evidence of an order about a phone number"))
    document = SimpleDocTemplate(
        out, pagesize=A4, title=title, author=evidence.hub, leftMargin=18 * mm, rightMargin=18 * mm,
        topMargin=14 * mm, bottomMargin=12 * mm,
    )  # fmt: skip
    document.build(list(_flow(evidence)))
    pdf = attach(out.getvalue(), evidence.text().encode(), name=ATTACHED)
    return seal_pages(pdf, sign=sign)


def _flow(evidence: Evidence) -> Iterator[Flowable]:
    zone = zone_of(parse(evidence.number))
    platforms = {platform.id: platform for platform in evidence.platforms}
    for at, order in enumerate(evidence.orders):
        if at:
            yield PageBreak()
        yield Paragraph(_both(_("Evidence of an order about a phone number")), _TITLE)
        yield from _asked(order, evidence, platform=platforms[order.platform_id], zone=zone)
        yield from _became(order, evidence, platform=platforms[order.platform_id], zone=zone)
        yield from _proof(evidence)


def _asked(order: Claimed, evidence: Evidence, *, platform: Platform, zone: tzinfo) -> Iterator[Flowable]:
    due = f"{_moment(order.due, zone)}  {_kept(order, evidence)}"
    rows = [
        (_("Number"), escape(evidence.number)),
        (_("Platform"), escape(f"{platform.name} ({platform.id})")),
        (_("Record"), f"{_word(order.record)}: {escape(order.label)}"),
        (_("Wanted"), _word(order.kind)),
        (_("Order"), escape(order.order_id)),
        (_("Placed"), _moment(order.placed_at, zone)),
        (_("Due"), due),
    ]
    if order.object_until is not None:
        rows.insert(-1, (_("The owner could object until"), _moment(order.object_until, zone)))
    yield Paragraph(_both(_("What was asked")), _HEAD)
    yield _table([(_both(name), said) for name, said in rows], widths=(0.3, 0.7))


def _kept(order: Claimed, evidence: Evidence) -> str:
    if order.missed(evidence.made_at):
        late = _both(_("The platform missed this deadline."))
        return f'<font color="{_LATE.hexval()}">{late}</font>'
    return "" if order.settled_at() is None else _both(_("Settled in time."))


def _became(order: Claimed, evidence: Evidence, *, platform: Platform, zone: tzinfo) -> Iterator[Flowable]:
    yield Paragraph(_both(_("What became of it")), _HEAD)
    rows = [(_moment(one.told().at, zone), _step(one, platform=platform, hub=evidence.hub), f"#{one.place}")
            for one in order.entries]  # fmt: skip
    yield _table(rows, widths=(0.27, 0.63, 0.1))


def _step(one: Sworn, *, platform: Platform, hub: str) -> str:
    """Say what an entry says, and what the platform has signed of it."""
    said = one.told().said
    told = [_word(State(said["state"])) if "state" in said else escape(one.told().what)]
    if "reason" in said:
        told.append(_word(Denial(said["reason"])))
    if said.get("early"):
        told.append(_both(_("It said so while the account’s owner could still object.")))
    if said.get("because") is None and one.told().by not in {HOLDER, HUB, platform.id}:
        told.append(_both(_("Through a front:")) + " " + escape(one.told().by))
    if one.receipt is not None:
        keys = public_keys(platform.keys)
        signed = open_receipt(one.receipt, keys=keys, platform=platform.id, hub=hub)
        if signed.words:
            told.append(f"“{escape(signed.words)}”")
        told.append(_both(_("Signed by the platform.")))
    return "<br/>".join(told)


def _proof(evidence: Evidence) -> Iterator[Flowable]:
    yield Paragraph(_both(_("How to check it")), _HEAD)
    yield Paragraph(
        _both(
            _(
                "The same is attached to this page as a file that nobody can change unseen. Check it on any "
                "machine, with the key that the hub publishes:"
            )
        ),
        _TEXT,
    )
    command = f"jiebang evidence verify FILE.pdf --key {evidence.key}"
    yield Paragraph(escape(command), _SMALL)
    yield Spacer(0, 2 * mm)
    yield Paragraph(_both(_("The checkpoint under the journal")), _TEXT)
    yield Paragraph(escape(evidence.checkpoint).replace("\n", "<br/>"), _SMALL)


def _table(rows: Sequence[Sequence[str]], *, widths: Sequence[float]) -> Table:
    cells = [[Paragraph(cell, _TEXT) for cell in row] for row in rows]
    return Table(cells, colWidths=[_WIDTH * width for width in widths], style=_GRID)


def _moment(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).isoformat(sep=" ", timespec="minutes")


def _word(value: StrEnum) -> str:
    return _both(words.named(value))


def _both(sentence: str) -> str:
    """Say something in Chinese and in English."""
    return f"{words.translations(Language.ZH).gettext(sentence)} {sentence}"


def _(sentence: str) -> str:
    """Mark a sentence as one to be translated."""
    return sentence
