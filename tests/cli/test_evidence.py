"""`jiebang evidence verify`: the real command, on a machine that has neither a hub nor settings."""

import re
import subprocess
from pathlib import Path

import pytest

from jiebang.sandbox.program import clean, installed
from jiebang.wire.notes import Sealer
from tests.evidence import blank, given
from tests.house.files import ROOT

PAGE = ROOT / "docs/protocol/evidence.md"
EXAMPLE = PAGE.with_name("evidence-example.json")


def run(place: Path, *words: str | Path) -> tuple[int, str]:
    """Run `jiebang evidence` in an empty folder; gives its exit code and what it said."""
    command = [str(installed("jiebang")), "evidence", *(str(word) for word in words)]
    settings = {"JIEBANG_DATABASE_URL": "nowhere", "COLUMNS": "200"}
    done = subprocess.run(
        command, env=clean(settings), cwd=place, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def shown() -> list[tuple[list[str], str]]:
    """Read what the page tells people to type, and what it says comes of it."""
    blocks = re.findall(
        r"^```console\n\$ jiebang evidence (.*?)\n(.*?)```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    return [(typed.split(), said.removeprefix("…\n")) for typed, said in blocks]


def test_the_page_shows_what_happens(tmp_path: Path) -> None:
    (tmp_path / EXAMPLE.name).write_bytes(EXAMPLE.read_bytes())
    (tmp_path / "changed.json").write_bytes(EXAMPLE.read_bytes().replace(b'"denied"', b'"fulfilled"'))
    codes = []
    for words, said in shown():
        code, heard = run(tmp_path, *words)
        assert heard.endswith(said)
        codes.append(code)
    assert codes == [0, 1]


def test_without_the_published_key_it_says_whose_word_that_is(tmp_path: Path) -> None:
    code, said = run(tmp_path, "verify", EXAMPLE)
    assert code == 0
    assert "The key was taken from the file itself." in said
    assert "https://hub.example/journal/key" in said


def test_another_key_than_the_published_one_is_named(tmp_path: Path) -> None:
    stranger = str(Sealer("https://hub.example/journal", bytes(32)).verifier())
    assert run(tmp_path, "verify", EXAMPLE, "--key", stranger) == (
        1, "Not as it was given: the key: another one than that given by --key.\n",
    )  # fmt: skip
    assert run(tmp_path, "verify", EXAMPLE, "--key", f"a{stranger}")[0] == 2


def test_of_a_pdf_all_is_checked(tmp_path: Path) -> None:
    file, pages = tmp_path / "orders.pdf", given().pages
    file.write_bytes(pages)
    code, said = run(tmp_path, "verify", file)
    assert (code, "All is as https://hub.example has given it." in said) == (0, True)
    at = pages.index(b"stream") + 20
    file.write_bytes(pages[:at] + bytes([pages[at] ^ 1]) + pages[at + 1 :])
    code, said = run(tmp_path, "verify", file)
    assert (code, "Not as it was given: the pages: " in said) == (1, True)
    file.write_bytes(b"%PDF-1.7")
    assert "the file: a PDF to which no evidence.json is attached" in run(tmp_path, "verify", file)[1]


def test_of_a_pdf_from_before_pages_were_signed_it_says_that_they_were_not_checked(tmp_path: Path) -> None:
    file = tmp_path / "orders.pdf"
    file.write_bytes(blank(given().file_before))
    code, said = run(tmp_path, "verify", file)
    assert (code, "Its pages were NOT checked" in said, "All is as" in said) == (0, True, False)


@pytest.mark.parametrize("spoilt", ["", "{}", "\x1b[2J", '{"evidence": 1}'])
def test_what_is_no_evidence_is_refused(tmp_path: Path, spoilt: str) -> None:
    file = tmp_path / "file.json"
    file.write_text(spoilt)
    code, said = run(tmp_path, "verify", file)
    assert code == 1
    assert "Not as it was given: the file: not evidence" in said


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path, "verify", "nowhere.json")[0] == 2
