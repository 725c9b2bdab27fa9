"""A file inside a PDF: people read the page, machines take out what is attached to it."""

from io import BytesIO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

PDF = b"%PDF"
"""How a PDF begins."""
ATTACHED = "evidence.json"
"""What evidence is called inside."""


def attach(pdf: bytes, content: bytes, *, name: str) -> bytes:
    """Put a file into a PDF."""
    writer = PdfWriter(clone_from=BytesIO(pdf))
    writer.add_attachment(name, content)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def attached(pdf: bytes, *, name: str) -> bytes:
    """Take a file out of a PDF again; raises `ValueError` where there is none of that name, or no PDF."""
    try:
        found = PdfReader(BytesIO(pdf)).attachments.get(name, [])
    except (PyPdfError, LookupError, TypeError, AttributeError, RecursionError) as broken:
        raise ValueError("this PDF cannot be read") from broken
    if not found:
        raise ValueError("nothing of that name is attached")
    return bytes(found[0])
