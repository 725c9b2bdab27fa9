"""A gate that a test puts before a system: it can be shut or silent, and what passes made a lie."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import NamedTuple

_PIECE = 1 << 16


class Lie(NamedTuple):
    """What is said otherwise by either side, and always as long as what was said: protocols count."""

    pattern: bytes
    otherwise: bytes | Callable[[re.Match[bytes]], bytes]


class Gate:
    """Listens on loopback, and leads to a server: a port on loopback, or a socket that is a file."""

    def __init__(self, target: int | str) -> None:
        self.target = target
        self._open: set[socket.socket] = set()
        self._lie: Lie | None = None
        self._words_left: int | None = None
        self._speaks = threading.Event()
        self._speaks.set()
        self._listening = self._listen(0)
        self.port: int = self._listening.getsockname()[1]

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Shut it for a while: what passes is cut off, and nobody comes in."""
        self.close()
        try:
            yield
        finally:
            self._listening = self._listen(self.port)

    @contextmanager
    def lying(self, lie: Lie) -> Iterator[None]:
        """Have something else said for a while."""
        self._lie = lie
        try:
            yield
        finally:
            self._lie = None

    @contextmanager
    def silent(self, *, after: int = 0) -> Iterator[None]:
        """Let whoever comes in, and all that they say; after so many no word comes back until the end."""
        self._words_left = after
        try:
            yield
        finally:
            self._words_left = None
            self._speaks.set()

    def close(self) -> None:
        """Let nobody in any more, and cut off who is."""
        # A listener that is only closed goes on to wait in `accept`.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def cut(self) -> None:
        """Cut off whoever is inside."""
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _listen(self, port: int) -> socket.socket:
        listening = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._let_in, args=(listening,), daemon=True).start()
        return listening

    def _let_in(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                inside, _ = listening.accept()
                threading.Thread(target=self._lead, args=(inside,), daemon=True).start()

    def _lead(self, inside: socket.socket) -> None:
        """Carry everything both ways until one side has had enough."""
        with suppress(OSError), inside, self._reached() as beyond:
            self._open |= {inside, beyond}
            back = threading.Thread(
                target=self._carry, args=(beyond, inside), kwargs={"back": True}, daemon=True
            )
            back.start()
            self._carry(inside, beyond, back=False)
            back.join()
            self._open -= {inside, beyond}

    def _reached(self) -> socket.socket:
        if isinstance(self.target, int):
            return socket.create_connection(("127.0.0.1", self.target))
        beyond = socket.socket(socket.AF_UNIX)
        beyond.connect(self.target)
        return beyond

    def passes(self, piece: bytes, *, back: bool) -> bytes:
        """Say what becomes of a piece on its way to the server, or back; nothing cuts the line."""
        if back and self._words_left is not None:
            self._words_left -= 1
            if self._words_left < 0:
                self._speaks.clear()
                self._speaks.wait()
        return piece if self._lie is None else re.sub(*self._lie, piece)

    def _carry(self, one: socket.socket, other: socket.socket, *, back: bool) -> None:
        with suppress(OSError):
            while (piece := one.recv(_PIECE)) and (passed := self.passes(piece, back=back)):
                other.sendall(passed)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Gated:
    """A system behind a gate, which is shut where it has to be down; by default nobody counts its changes."""

    gate: Gate
    everyone: Lie | None = None
    """How it is made to give everyone who is in it, whoever is asked for; `None` where it gives only one."""

    def down(self) -> AbstractContextManager[None]:
        """Shut the gate."""
        return self.gate.shut()

    def changes(self, handle: str) -> int | None:
        """Nobody counts."""
        del handle
        return None
