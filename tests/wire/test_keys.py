"""A key lies in a file of its own, which only its owner reads and nobody overwrites."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc.errors import JoseError

from jiebang.wire.keys import Key, make, public_keys, read, read_or_make, write

MAKE = """
import pathlib, sys
from jiebang.wire.keys import read_or_make
print(read_or_make(pathlib.Path(sys.argv[1])).id)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a file for a key."""
    return tmp_path / "keys" / "hub-key.json"


def test_a_key_comes_back_as_it_was_written(tmp_path: Path) -> None:
    key = make()
    write(key, tmp_path / "key.json")
    assert read(tmp_path / "key.json").private.as_dict() == key.private.as_dict()


def test_only_the_owner_can_read_a_key_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write(make(), tmp_path / "key.json")
    finally:
        os.umask(before)
    assert (tmp_path / "key.json").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    write(make(), tmp_path / "key.json")
    written = (tmp_path / "key.json").read_bytes()
    with pytest.raises(FileExistsError):
        write(make(), tmp_path / "key.json")
    assert (tmp_path / "key.json").read_bytes() == written


def test_the_first_start_makes_a_key_and_the_next_reads_it(path: Path) -> None:
    first = read_or_make(path)
    assert read_or_make(path).id == first.id
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_start_together_have_one_key(path: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", MAKE, path], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0]
    assert {one.strip() for one in told} == {read(path).id}


def test_what_a_killed_start_has_left_is_not_in_the_way(path: Path) -> None:
    path.parent.mkdir()
    path.with_suffix(f".{os.getpid()}").touch()
    assert read_or_make(path).id == read(path).id


def test_the_public_half_holds_nothing_private() -> None:
    key = make()
    [public] = key.public_set()["keys"]
    assert set(public) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (public["kty"], public["crv"], public["use"], public["alg"]) == ("EC", "P-256", "sig", "ES256")


def test_a_keys_id_is_its_thumbprint() -> None:
    key = make()
    [public] = key.public_set()["keys"]
    # RFC 7638 §3.2: the members that an EC key requires, sorted, without spaces.
    plain = json.dumps({name: public[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    digest = hashlib.sha256(plain.encode()).digest()
    assert public["kid"] == key.id == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_each_purpose_has_a_secret_of_its_own_that_stays(path: Path) -> None:
    key = read_or_make(path)
    assert len(key.secret("codes")) == 32
    assert key.secret("codes") == read(path).secret("codes")
    assert len({key.secret("codes"), key.secret("cookies"), make().secret("codes")}) == 3


def test_a_public_half_verifies_and_nothing_more() -> None:
    key = make()
    [known] = public_keys(key.public_set()).keys
    assert not known.is_private
    assert known.thumbprint() == key.id


@pytest.mark.parametrize(
    "jwks",
    [None, [], {}, "keys", 7, {"keys": None}, {"keys": [{}]}, {"keys": ["x"]}, {"keys": [{"kty": "EC"}]}],
)
def test_what_is_no_key_set_is_refused(jwks: object) -> None:
    with pytest.raises((ValueError, JoseError)):
        public_keys(jwks)


def test_a_key_does_not_show_itself() -> None:
    key: Key = make()
    assert str(key.private.as_dict(private=True)["d"]) not in f"{key!r}{key}"
