"""Gates before a directory that cut the line at a message of one kind, or meddle there."""

from collections.abc import Callable

from tests.systems.gate import Gate

MODIFY_REQUEST, MODIFY_RESPONSE, DELETE_RESPONSE, SEARCH_DONE = 0x66, 0x67, 0x6B, 0x65
"""The first octets of messages (RFC 4511 §4.5.2, §4.6)."""


class Cutter(Gate):
    """Cuts the line once, when a message of one kind comes by: before it is passed on."""

    def __init__(self, target: int, *, at: int) -> None:
        self.at: int | None = at
        super().__init__(target)

    def passes(self, piece: bytes, *, back: bool) -> bytes:
        """Cut the line at that message."""
        del back
        if self.at is None or _kind(piece) != self.at:
            return piece
        self.at = None
        return b""


class Meddler(Gate):
    """Does something of its own once, when a message of one kind comes by: before it is passed on."""

    def __init__(self, target: int | str, *, at: int, do: Callable[[], object]) -> None:
        self.at: int | None = at
        self.do = do
        super().__init__(target)

    def passes(self, piece: bytes, *, back: bool) -> bytes:
        """Meddle at that message."""
        del back
        if self.at is not None and _kind(piece) == self.at:
            self.at = None
            self.do()
        return piece


def _kind(piece: bytes) -> int:
    """Read which kind of message this is: behind its own length and its number (RFC 4511 §4.1.1)."""
    length = 1 + (piece[1] & 0x7F if piece[1] & 0x80 else 0)
    number = 1 + length
    return piece[number + 2 + piece[number + 1]]
