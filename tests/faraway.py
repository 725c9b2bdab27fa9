"""A carrier without a feed, as `jiebang sandbox faraway` runs it."""

from jiebang.sandbox.program import installed


def command(port: int) -> list[str]:
    """Say how to run it in a folder that has `lines.json` and `keys.json`."""
    named = ["lines.json", "keys.json", "--port", str(port)]
    return [str(installed("jiebang")), "sandbox", "faraway", *named]
