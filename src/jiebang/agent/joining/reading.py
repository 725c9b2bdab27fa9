"""Reading an answer as the configuration will: what it could not hold is refused where it is asked."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from jiebang.agent.config import Config
from jiebang.agent.errors import ConfigInvalid
from jiebang.agent.joining.kinds import Answers, Kind, Question
from jiebang.agent.mistakes import sentence

_OTHERS = {"missing", "extra_forbidden"}
"""What is wrong with a configuration of one answer, and not with the answer."""


def read(
    question: Question, answer: str, *, kind: Kind, answers: Answers, folder: Path
) -> str | Sequence[str]:
    """
    Take an answer apart; `answers` are those before it, and paths start from `folder`.

    Raises `ConfigInvalid`, which names the question, when it is none.
    """
    parts = [part.strip() for part in answer.split(",")] if question.many else [answer.strip()]
    parts = [part for part in parts if part or not question.many]
    if question.among and (wrong := [part for part in parts if part not in question.among]):
        raise ConfigInvalid(f"{question.name} must be among {', '.join(question.among)}; {wrong[0]} is not.")
    if question.many:
        return parts
    if question.begins is not None and not (folder / parts[0]).exists():
        if not (folder / parts[0]).parent.is_dir():
            raise ConfigInvalid(f"{question.name} must be in a folder that is there.")
        return parts[0]
    # What is taken when nothing is said may be of no use: no requests are read where there is a preset.
    if parts[0] != question.otherwise:
        for words in _wrong(question.name, parts[0], kind=kind, folder=folder):
            raise ConfigInvalid(words)
    if question.name == "canary_absent" and parts[0] == answers.get("canary"):
        raise ConfigInvalid("canary_absent must be another number than canary.")
    return parts[0]


def _wrong(name: str, answer: str, *, kind: Kind, folder: Path) -> Iterator[str]:
    """Hold an answer against the part of the configuration that is called like its question, if any is."""
    said = {name: answer, "connector": {"type": kind.type, name: answer}}
    try:
        Config.model_validate(said, context={"folder": folder})
    except ValidationError as invalid:
        for wrong in invalid.errors():
            if wrong["loc"][-1] == name and wrong["type"] not in _OTHERS:
                yield sentence(wrong, place=name)
