"""
Pages of evidence: a PDF that people read, the file for machines attached to it, the hub's seal under both.

The seal is the last line, a comment to whoever reads PDFs. It is set by the journal's key, as that under the
attached file is, over every byte before it.
"""

import hashlib
import re
from collections.abc import Callable

from jiebang.domain.evidence import PAGES_SEALED_SINCE, Evidence
from jiebang.domain.examination import Wrong
from jiebang.wire.attachments import ATTACHED, attached
from jiebang.wire.evidence import verify_evidence
from jiebang.wire.notes import NotSealed, Verifier, check_signature, verifier

# Readers look for the end of a PDF in its last 1,024 bytes: the line after it must stay short.
_SEAL = re.compile(rb"%jiebang-seal ([\w+/=]+)\n\Z", re.ASCII)


def seal_pages(pdf: bytes, *, sign: Callable[[str], str]) -> bytes:
    """Set the seal under a PDF; `sign` gives the signature under a text."""
    return pdf + f"%jiebang-seal {sign(_statement(pdf))}\n".encode()


def verify_pages(pdf: bytes, *, key: Verifier | None = None) -> tuple[Evidence, bool]:
    """
    Check all of a PDF, and give what it says; raises `Wrong` at the first thing that does not hold.

    Also whether its pages were checked: of what was made before hubs sealed pages, only what is attached is.
    """
    try:
        file = attached(pdf, name=ATTACHED)
    except ValueError:
        raise Wrong("the file", f"a PDF to which no {ATTACHED} is attached") from None
    evidence = verify_evidence(file, key=key)
    seal = _SEAL.search(pdf)
    if seal is None and evidence.evidence < PAGES_SEALED_SINCE:
        return evidence, False
    if seal is None:
        raise Wrong("the pages", "the hub's seal is not under them, as the last line of the file")
    try:
        signed = _statement(pdf[: seal.start()])
        check_signature(signed, seal[1].decode(), key=verifier(evidence.key))
    except NotSealed:
        raise Wrong("the pages", "not as the hub sealed them, though what is attached to them is") from None
    return evidence, True


def _statement(pdf: bytes) -> str:
    """Give the text that the hub signs: a note that can pass neither for a checkpoint nor for evidence."""
    return f"jiebang pages 1\n{hashlib.sha256(pdf).hexdigest()}\n"
