"""Which language a page speaks: the holder's own choice, else what their browser asks for, else Chinese."""

import re
from enum import StrEnum

from starlette.requests import Request

COOKIE = "jiebang_language"


class Language(StrEnum):
    """A language that the portal speaks."""

    ZH = "zh"
    EN = "en"

    @property
    def tag(self) -> str:
        """The language as HTML names it (BCP 47)."""
        return "zh-CN" if self is Language.ZH else "en"

    @property
    def locale(self) -> str:
        """The language as Babel names it; English is the international one, with days before months."""
        return "zh_Hans_CN" if self is Language.ZH else "en_GB"

    @property
    def gap(self) -> str:
        """What stands between two sentences: Chinese full stops bring their own room."""
        return "" if self is Language.ZH else " "

    @property
    def own_name(self) -> str:
        """What its speakers call it, and look for."""
        return "中文" if self is Language.ZH else "English"


def spoken(request: Request) -> Language:
    """Choose the language for a request."""
    chosen = request.cookies.get(COOKIE)
    if chosen in list(Language):
        return Language(chosen)
    return preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> Language:
    """
    Read `Accept-Language` (RFC 9110 §12.5.4): the first of our languages that is liked most.

    Whoever likes neither reads English; whoever says nothing reads Chinese.
    """
    liked = [_liking(item) for item in header.split(",") if item.strip()]
    for name, quality in sorted(liked, key=lambda one: -one[1]):
        if quality > 0 and name in list(Language):
            return Language(name)
    return Language.EN if liked else Language.ZH


def _liking(item: str) -> tuple[str, float]:
    tag, _, parameter = item.strip().partition(";")
    found = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", parameter)
    return tag.strip().lower().split("-")[0], float(found[1]) if found else 1.0
