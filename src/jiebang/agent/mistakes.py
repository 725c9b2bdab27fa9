"""One mistake in a file that the agent reads, said in one sentence, without what stood there."""

from pydantic_core import ErrorDetails


def sentence(wrong: ErrorDetails, *, place: str | None = None) -> str:
    """Say what is wrong and where; `place` is where the reader sees it, unless that is what Pydantic says."""
    where = written(wrong["loc"]) if place is None else place
    match wrong["type"]:
        case "missing":
            words = "is missing"
        case "extra_forbidden":
            words = "is not something that is known here"
        case "value_error":
            words = str(wrong["ctx"]["error"])
        case _:
            words = f"is not right: {wrong['msg'][0].lower()}{wrong['msg'][1:]}"
    return f"{where} {words}.".lstrip()


def written(loc: tuple[int | str, ...]) -> str:
    """Write a place as the file has it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")
