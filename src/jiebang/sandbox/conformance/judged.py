"""What is judged at the end of an inspection, by what was noted while it ran."""

from jiebang.sandbox.conformance.play import NotSo, NotTried, Play


def judged(play: Play, check: str, *, seen: int) -> None:
    """Raise `NotSo` with what was noted under a check's name, `NotTried` where nothing was to be seen."""
    notes = play.hub.heard.notes.get(check, [])
    if notes:
        more = f" (and {len(notes) - 1} more)" if len(notes) > 1 else ""
        raise NotSo(f"{notes[0]}{more}")
    if not seen:
        raise NotTried("nothing of the kind was seen")
