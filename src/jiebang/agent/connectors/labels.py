"""Labels: enough for a holder to recognise their own record by, too little to learn who somebody else is."""

_STARS = "***"


def masked(label: object) -> str:
    """
    Mask a nickname or an address: `li***@ex…`, `li***`, `小***`.

    What is left never tells a length, and is too short to hold a number.
    """
    text = "".join(char for char in str(label or "") if char.isprintable()).strip()
    name, at, host = text.rpartition("@")
    if at and name and host:
        return f"{_opening(name)}{_STARS}@{_opening(host)}…"
    return f"{_opening(text)}{_STARS}"


def _opening(text: str) -> str:
    """Two letters of an alphabet say little; one Chinese character is a syllable, and often a surname."""
    return text[: 2 if text[:2].isascii() and len(text) > 3 else 1]  # noqa: PLR2004 - of three letters, two are too many
