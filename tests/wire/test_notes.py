"""Signed notes are those of C2SP: its own example is read, and what is changed in one is not."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jiebang.domain.journal import Checkpoint
from jiebang.wire.notes import NotSealed, Sealer, open_checkpoint, open_note, verifier

THEIRS = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
SEALER = Sealer("https://hub.example/journal", bytes(range(32)))
CHECKPOINT = Checkpoint(17, bytes(32))


def test_the_example_of_the_specification_is_read() -> None:
    assert open_note(NOTE, verifier(THEIRS)) == "This is an example message.\n"
    assert str(verifier(THEIRS)) == THEIRS


def test_a_checkpoint_comes_back_as_it_was_sealed() -> None:
    key = verifier(str(SEALER.verifier()))
    assert open_checkpoint(SEALER.seal(CHECKPOINT), key) == CHECKPOINT


@given(at=st.integers(0), bit=st.integers(0, 7))
@example(at=-1, bit=0)
@example(at=-4, bit=0)
def test_one_bit_changed_anywhere_in_a_checkpoint_is_found(at: int, bit: int) -> None:
    sealed = bytearray(SEALER.seal(CHECKPOINT).encode())
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises((NotSealed, UnicodeDecodeError)):
        open_checkpoint(sealed.decode(), SEALER.verifier())


def test_a_witness_may_sign_as_well() -> None:
    note = SEALER.seal(CHECKPOINT)
    witness = Sealer("witness.example", bytes(32)).seal(CHECKPOINT).splitlines()[-1]
    assert open_checkpoint(f"{note}{witness}\n", SEALER.verifier()) == CHECKPOINT


@pytest.mark.parametrize("note", ["", "\n\n", "one\n\n— one\n", "one\n\none AA==\n", "one\n\n— x !\n"])
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(NotSealed):
        open_note(note, SEALER.verifier())


@pytest.mark.parametrize("text", ["\n", "https://hub.example/journal\n-1\nAA==\n", "elsewhere\n1\nAA==\n"])
def test_a_note_that_is_no_checkpoint_of_the_journal_is_refused(text: str) -> None:
    key = SEALER.verifier()
    note = f"{text}\n— {key.name} {SEALER.signature(text)}\n"
    assert open_note(note, key) == text
    with pytest.raises(NotSealed):
        open_checkpoint(note, key)


@pytest.mark.parametrize("vkey", ["", "name", "name+00000000+AQ==", THEIRS.replace("530d903a", "530d903b")])
def test_what_is_no_key_is_refused(vkey: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever of its parts is wrong
        verifier(vkey)
