"""Which language, and in which words."""

import pytest

from jiebang.domain.binding import OrderKind, RecordClass, RecordKind
from jiebang.domain.order import Denial, State
from jiebang.domain.query import Standing
from jiebang.portal.language import Language, preferred
from jiebang.portal.regions import regions
from jiebang.portal.switch import is_local
from jiebang.portal.words import named
from tests.portal.visitor import Visitor


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.ZH),
        ("zh-CN,zh;q=0.9,en;q=0.8", Language.ZH),
        ("en-US,en;q=0.9,zh-CN;q=0.8", Language.EN),
        ("zh-TW;q=0.4, en;q=0.3", Language.ZH),
        ("fr-FR, zh;q=0.5, en;q=0.7", Language.EN),
        ("ko", Language.EN),
        ("zh;q=0, en;q=0.1", Language.EN),
        ("*;;q=x,,", Language.EN),
    ],
)
def test_a_page_speaks_the_language_that_is_liked_most(header: str, language: Language) -> None:
    assert preferred(header) is language


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_language_that_was_chosen_is_remembered_over_the_browsers_own(
    visitor: Visitor, language: str
) -> None:
    visitor.language = "en" if language == "zh" else "zh-CN"
    assert visitor.get(f"/language/{language}?next=/%3Fsaid%3Dbye").headers["location"] == "/?said=bye"
    page = visitor.get("/")
    assert page.headers["content-language"] == {"zh": "zh-CN", "en": "en"}[language]
    assert ("让号码真正属于您" in page.text) is (language == "zh")


def test_the_switch_stays_on_the_page(holder: Visitor) -> None:
    path = holder.ask()
    switch = next(part for part in holder.get(path).page.having("hreflang"))
    assert holder.get(switch.attributes["href"]).headers["location"] == path
    assert "您的号码绑定了什么" in holder.get(path).text


@pytest.mark.parametrize(
    "path",
    ["https://evil.example", "//evil.example", "/\\evil.example", "", "evil", "/a\nb", "/\t/evil.example"],
)
def test_the_switch_never_leads_to_another_site(path: str) -> None:
    assert not is_local(path)


def test_a_language_that_nobody_speaks_here_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("/language/tlh").status == 404


@pytest.mark.parametrize("values", [RecordKind, RecordClass, OrderKind, Standing, State, Denial])
def test_every_value_that_is_shown_has_a_name(values: type) -> None:
    assert all(named(value) for value in values)  # type: ignore[attr-defined]  # each is an enumeration


def test_a_refusal_is_told_in_the_language_of_the_page(visitor: Visitor) -> None:
    visitor.language = "zh-CN"
    reply = visitor.post("/proofs", [("number", "12")])
    assert "这不是有效的电话号码" in reply.alert


def test_regions_begin_with_china_and_go_by_sound() -> None:
    names = [region.name for region in regions(Language.ZH)]
    assert names[0] == "中国"
    assert names.index("阿根廷") < names.index("德国") < names.index("美国") < names.index("智利")
