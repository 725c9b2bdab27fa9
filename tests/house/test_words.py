"""Every language says everything: each sentence of the portal is translated, and no translation is stale."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from jiebang.domain.errors import Refusal
from tests.house.files import CODE, place

PLACES = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
SLOT = re.compile(r"%\(\w+\)|%s|\{\w*\}")
HEADER = """msgid ""\nmsgstr ""\n"Language: zh\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n"""


def said(folder: Path) -> set[str]:
    """List the sentences that code and templates ask to be translated."""
    found = extract_from_dir(folder, PLACES)
    return {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}


def refused(kind: type[Refusal] = Refusal) -> Iterator[str]:
    """List what refusals say, which the portal may show."""
    yield kind.sentence()
    for narrower in kind.__subclasses__():
        yield from refused(narrower)


def catalogue(path: Path) -> Catalog:
    """Read a language."""
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def sentences(message: Message) -> tuple[list[str], list[str]]:
    """Give what is translated, and what it is in that language: several where there is a plural."""
    source = [message.id] if isinstance(message.id, str) else list(message.id)
    target = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    return source, target


def unfinished(path: Path) -> list[str]:
    """Find sentences that are not translated, not certain, out of use, or that lost a slot on the way."""
    known = catalogue(path)
    stale = [f"{place(path)}: out of use: {key}" for key in known.obsolete]
    for message in known:
        source, target = sentences(message)
        if message.id and (message.fuzzy or not all(target)):
            stale.append(f"{place(path, line=message.lineno or 1)}: not translated: {source[0]}")
        elif message.id and not all(slots(text) == slots(source[-1]) for text in target):
            stale.append(f"{place(path, line=message.lineno or 1)}: other slots than: {source[-1]}")
    return stale


def slots(text: str) -> set[str]:
    """List the places in a sentence that are filled in when it is shown."""
    return set(SLOT.findall(text))


def test_every_language_says_everything_and_nothing_more() -> None:
    languages = sorted(CODE.rglob("*.po"))
    assert languages, "the portal speaks no language"
    asked = said(CODE)
    for path in languages:
        assert unfinished(path) == []
        known = {sentences(message)[0][0] for message in catalogue(path) if message.id}
        assert asked - known == set(), f"{place(path)} lacks"
        assert known - asked - set(refused()) == set(), f"{place(path)} says what nobody asks"


def test_sentences_are_found_in_code_and_in_templates(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "pages.py").write_text("title = _('Free a number')")
    (tmp_path / "templates/ask.html").write_text(
        "<p>{{ _('Ask') }} {% trans n=2 %}{{ n }} know{% endtrans %}</p>"
    )
    assert said(tmp_path) == {"Free a number", "Ask", "%(n)s know"}


def test_what_is_unfinished_in_a_language_is_found(tmp_path: Path) -> None:
    path = tmp_path / "zh.po"
    for written, complaint in {
        'msgid "Ask"\nmsgstr ""\n': "not translated",
        '#, fuzzy\nmsgid "Ask"\nmsgstr "查询"\n': "not translated",
        '#~ msgid "Ask"\n#~ msgstr "查询"\n': "out of use",
        'msgid "%(n)s know"\nmsgstr "知道"\n': "other slots",
    }.items():
        path.write_text(HEADER + written)
        assert complaint in unfinished(path)[0]
    path.write_text(HEADER + 'msgid "%(n)s knows"\nmsgid_plural "%(n)s know"\nmsgstr[0] "%(n)s 个知道"\n')
    assert unfinished(path) == []
