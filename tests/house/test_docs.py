"""Documents say what is so: links lead somewhere, and what is told of the code is what the code says."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import typer

from jiebang.cli import app
from tests.house.files import CODE, DOMAIN, ROOT, kept, name, place, sources
from tests.house.test_names import NEVER
from tools.fill_docs import BLOCKS, DOCS, filled

PAGES = [path for path in kept() if path.suffix == ".md"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")


def dead_links(path: Path) -> list[str]:
    """Find links to files, or to headings in them, that are not there; addresses elsewhere are let be."""
    prose = FENCE.sub("", path.read_text())
    dead = []
    for link in LINK.findall(prose):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, heading = link.partition("#")
        target = path.parent / file if file else path
        if not target.exists() or (heading and heading not in headings(target)):
            dead.append(f"{place(path)}: {link}")
    return dead


def headings(path: Path) -> set[str]:
    """List a page's headings, as they are written in links."""
    lines = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in lines}


def commands(text: str) -> Iterator[str]:
    """Find each `jiebang …` that a reader is told to type."""
    typed = [*(line for _, block in FENCE.findall(text) for line in block.splitlines())]
    typed += INLINE.findall(FENCE.sub("", text))
    yield from (line.split("#")[0].strip() for line in typed if line.startswith("jiebang "))


def unknown_command(line: str) -> str | None:
    """Say what a command line has that the program does not know; `None` when it knows all of it."""
    at = typer.main.get_command(app)
    for word in line.split()[1:]:
        below = getattr(at, "commands", {})
        options = {spelling for option in at.params for spelling in [*option.opts, *option.secondary_opts]}
        if word not in options if word.startswith("--") else below and word not in below:
            return f"{line}: {word}"
        at = below.get(word, at)
    return None


def rows(path: Path, *, section: str = "") -> list[list[str]]:
    """Read the rows of a page's tables, cell by cell, in one section or in all."""
    text = path.read_text()
    if section:
        text = re.split(r"^#+ ", text.partition(f"# {section}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line] for line in lines if set("".join(line)) - set("- |")]


def addresses(path: Path) -> set[str]:
    """List where a page's links lead, whatever the language; those to the page itself are left out."""
    links = {link.replace(".zh-CN", "") for link in LINK.findall(path.read_text())}
    return links - {"README.md"}


def pages_of(entries: Iterable[dict[str, object]]) -> Iterator[str]:
    """List the pages of a site's navigation, whatever their depth."""
    for entry in entries:
        for target in entry.values():
            if isinstance(target, str):
                yield target
            elif isinstance(target, list):
                yield from pages_of(target)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_link_leads_somewhere(path: Path) -> None:
    assert dead_links(path) == []


@pytest.mark.parametrize("link", ["nowhere.md", "here.md#no-such-part", "#no-such-part"])
def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, link: str) -> None:
    path = tmp_path / "here.md"
    path.write_text(f"# The `one` part\n\n[well](#the-one-part) [and](here.md) [there]({link})\n")
    assert dead_links(path) == [f"here.md:1: {link}"]


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=name)
def test_what_is_told_from_the_code_is_what_the_code_says(path: Path) -> None:
    assert filled(path.read_text()) == path.read_text(), "run: .venv/bin/python tools/fill_docs.py"


def test_a_picture_of_other_states_is_found() -> None:
    orders = (DOCS / "explain/orders.md").read_text()
    assert filled(orders.replace("open --> denied: deny", "denied --> open: deny")) == orders


def test_everything_that_the_code_can_tell_is_told_somewhere() -> None:
    told = "".join(path.read_text() for path in DOCS.rglob("*.md"))
    assert [block for block in BLOCKS if f"<!-- from the code: {block} -->" not in told] == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_command_that_is_shown_exists(path: Path) -> None:
    assert [wrong for line in commands(path.read_text()) if (wrong := unknown_command(line))] == []


def test_a_command_that_does_not_exist_is_found() -> None:
    shown = "`jiebang serve --no-worker` and `jiebang party invite`\n\n```sh\njiebang agent run --now\n```\n"
    assert [wrong for line in commands(shown) if (wrong := unknown_command(line))] == [
        "jiebang agent run --now: --now",
        "jiebang party invite: invite",
    ]


def test_every_target_that_a_page_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [text for path in PAGES for text in [*INLINE.findall(path.read_text()), *fenced(path)]]
    named = {word for text in code for word in re.findall(r"^make (\w+)", text, re.MULTILINE)}
    assert named
    assert named - targets == set()


def fenced(path: Path) -> list[str]:
    """List what stands between fences."""
    return [block for _, block in FENCE.findall(path.read_text())]


def test_both_languages_lead_to_the_same_places() -> None:
    assert addresses(ROOT / "README.md") == addresses(ROOT / "README.zh-CN.md")


def test_every_page_is_in_the_sites_navigation() -> None:
    site = tomllib.loads((ROOT / "zensical.toml").read_text())["project"]
    assert set(pages_of(site["nav"])) == {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}


def test_the_glossary_rules_out_what_the_code_must_not_say() -> None:
    entries = [row for row in rows(DOCS / "glossary.md") if row[0] != "Word"]
    ruled_out = {word for row in entries for word in row[-1].split(", ")}
    assert set(NEVER) - ruled_out == set()


def test_the_glossary_has_every_noun_of_the_domain_and_the_tables() -> None:
    known = {word for row in rows(DOCS / "glossary.md") for word in row[0].split(", ")}
    modules = {path.stem for path in DOMAIN.glob("[a-z]*.py")} - {"errors"}
    written = "".join(path.read_text() for path in sources(CODE / "store/tables"))
    tables = re.findall(r'= Table\(\s*"(\w+)"', written)
    assert tables
    assert {singular(word) for word in modules.union(tables)} - known == set()


def singular(word: str) -> str:
    """Name one of what a table or a module has many of."""
    return word.removesuffix("ies") + "y" if word.endswith("ies") else word.removesuffix("s")
