"""The page that teaches to write a platform, as a reader uses it: its agent, and what is typed in."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/learn/write-a-platform.md"


def blocks(language: str) -> str:
    """Put all that the page shows in one language together."""
    return "\n\n".join(re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL))


def agent(*, port: int) -> str:
    """Give the page's agent, for a hub on a port of one's own."""
    return blocks("python").replace("8900", str(port))


def typed(*, port: int) -> str:
    """Give what a reader types into a shell."""
    return blocks("sh").replace("8900", str(port))
