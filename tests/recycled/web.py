"""The web that lists are pulled over: slow where it is told to be, and unsteady."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_AT_ONCE = 1 << 16


class Web(ThreadingHTTPServer):
    """
    Serves a folder on loopback.

    Told to, it breaks off after so many bytes of each answer, and pauses after each 64 KiB.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.folder, self.breaks_off, self.ranges = folder, 0, list[str]()
        self.pause = 0.0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        """Give a file, from some byte on."""
        path = self.server.folder / self.path.strip("/")
        if not path.exists():
            self.send_error(404)
            return
        content, wanted = path.read_bytes(), self.headers.get("Range", "")
        if wanted:
            self.server.ranges.append(wanted)
            content = content[int(wanted.removeprefix("bytes=").removesuffix("-")) :]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        whole = memoryview(content)[: self.server.breaks_off or None]
        # Whoever was killed hears no more of it.
        with suppress(ConnectionError):
            for start in range(0, len(whole), _AT_ONCE):
                self.wfile.write(whole[start : start + _AT_ONCE])
                time.sleep(self.server.pause)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[Web]:
    """Serve a folder."""
    with Web(folder) as web:
        threading.Thread(target=web.serve_forever, args=(0.01,)).start()
        try:
            yield web
        finally:
            web.shutdown()
