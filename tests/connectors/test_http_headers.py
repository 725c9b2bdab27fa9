"""Links in a header: the next page is found however it is written, and never passed over unnoticed."""

import pytest

from jiebang.agent.connectors.http.headers import next_address
from jiebang.agent.errors import StoreRefuses


@pytest.mark.parametrize(
    "said",
    [
        '</p?to=2>; rel="next"',
        "</p?to=2>; rel=next",
        "</p?to=2>; rel='next'",
        "</p?to=2>;REL = Next",
        '</p?to=2>; rel="next last"',
        "</p?to=2>; rel='last next'",
        '</p?to=2>; title="a; rel=first"; rel="next"',
        '</p?to=2>; title="a, <b>; rel=\\"first\\""; rel="next"',
        "</p?to=2>; title*=UTF-8''n%C3%A4chste; rel=next; rel=prev",
        "</p?to=2> ; ; x ; rel=next",
        '</p?to=1>; rel=prev, </p?to=2>; rel="next", </p?to=9>; rel="last"',
        '</a,b;c?to=9>;rel="prev first",</p?to=2>;rel="next"',
    ],
)
def test_the_next_page_is_found_however_it_is_written(said: str) -> None:
    assert next_address(['</p?to=0>; rel="first"', said]) == "/p?to=2"


@pytest.mark.parametrize(
    "said",
    [
        "", '</p?to=1>; rel="prev"; title="the next is none"', "</next>; rel=self", "</p?rel=next>; rel=up",
        '</p?to=1>; title="a; rel=next"; rel=prev', "</p>",
    ],
)  # fmt: skip
def test_a_last_page_has_none(said: str) -> None:
    assert next_address([said]) is None


@pytest.mark.parametrize(
    "said",
    [
        '/p?to=2; rel="next"', "</p?to=2; rel=next", '</p?to=2>; title="a; rel=next', "</p?to=2> rel=next",
        "</p?to=2>; rel=last next", '</p?to=2>; rel="http://elsewhere.example/rels/next"',
    ],
)  # fmt: skip
def test_a_next_page_that_cannot_be_read_is_not_the_end(said: str) -> None:
    with pytest.raises(StoreRefuses, match="speaks of a next page") as raised:
        next_address(["</p?to=0>; rel=first", said])
    assert "/p" not in str(raised.value)
