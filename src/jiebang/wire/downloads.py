"""Downloads: what a hub publishes as files, fetched over HTTP; a large one goes on where it stopped."""

from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

_TIMEOUT_SECONDS = 30
_TRIES = 5
_READ = 1 << 20
_MOST_SMALL = 64 << 20
"""More than any manifest: one of a list of all the world's numbers has two million bytes."""


class Downloads:
    """Files under one address."""

    def __init__(self, url: str) -> None:
        """Begin at a folder's address; raises `ValueError` when it is not one of http or https."""
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("the address of published lists begins with https:// (or http://)")
        self._url = url.rstrip("/")

    def small(self, name: str) -> bytes:
        """Fetch a small file; raises `FileNotFoundError` when there is none, `OSError` when it cannot be."""
        with self._open(name, at=0) as answer:
            return bytes(answer.read(_MOST_SMALL))

    def large(self, name: str, path: Path, *, size: int, told: Callable[[int], None]) -> None:
        """
        Fetch a file of a known size to a path, going on from what is there; tries again when cut off.

        What was fetched stays, so that the next time goes on from there. `told` hears how many bytes
        are there.
        """
        for tries_left in reversed(range(_TRIES)):
            try:
                self._go_on(name, path, size=size, told=told)
            except (HTTPException, OSError) as failed:
                if isinstance(failed, FileNotFoundError) or not tries_left:
                    raise
            if path.exists() and path.stat().st_size == size:
                return
        raise OSError("the download was cut off again and again; run it again, it goes on where it stopped")

    def _go_on(self, name: str, path: Path, *, size: int, told: Callable[[int], None]) -> None:
        there = path.stat().st_size if path.exists() else 0
        if there > size:
            path.unlink()
            there = 0
        if there == size and path.exists():
            return
        with self._open(name, at=there) as answer, path.open("ab") as file:
            if answer.status != HTTPStatus.PARTIAL_CONTENT:
                file.truncate(0)
            while (left := size - file.tell()) > 0 and (read := answer.read(min(_READ, left))):
                file.write(read)
                told(file.tell())

    def _open(self, name: str, *, at: int) -> Any:  # noqa: ANN401 - http.client's, by another name for each scheme
        headers = {"Range": f"bytes={at}-"} if at else {}
        request = Request(f"{self._url}/{quote(name)}", headers=headers)  # noqa: S310 - http or https, seen to above
        try:
            return urlopen(request, timeout=_TIMEOUT_SECONDS)  # noqa: S310 - the same
        except HTTPError as refused:
            refused.close()
            if refused.code == HTTPStatus.NOT_FOUND:
                raise FileNotFoundError(f"{name} is not there any more; run it again") from refused
            raise
