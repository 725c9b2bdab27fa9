"""Stored numbers, labels and times are read in one way only, and never guessed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiebang.agent.connectors import instants
from jiebang.agent.connectors.labels import masked
from jiebang.agent.connectors.matching import Matching
from jiebang.agent.errors import TooManyRecords
from jiebang.domain.binding import BoundSource, Precision
from jiebang.domain.number import SPELLINGS, Number, parse

LINE = Number("+8613800138000")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def matching(*spellings: str, region: str | None = "CN") -> Matching:
    """Match as a store with these spellings needs it."""
    return Matching(spellings=spellings or SPELLINGS, region=region, most=3)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("line", ["+8613800138000", "+447911123456", "+14155552671"])
def test_what_is_searched_for_is_recognised_when_it_comes_back(spelling: str, line: str) -> None:
    region = {"+86": "CN", "+44": "GB", "+14": "US"}[line[:3]]
    number = parse(line)
    assert matching(spelling, region=region).same(number.spelled(spelling), number)


@pytest.mark.parametrize(
    "stored", ["138 0013 8000", "138-0013-8000", "0086 13800138000", " +86 138 0013 8000 "]
)
def test_other_spellings_of_the_number_are_the_number(stored: str) -> None:
    assert matching().same(stored, LINE)


@pytest.mark.parametrize(
    "stored", [None, "", "13800138001", "1380013800", "x", "' or 1=1 --", 0, "138001380001"]
)
def test_what_is_not_the_number_is_not(stored: object) -> None:
    assert not matching().same(stored, LINE)


def test_bare_digits_are_national_where_the_store_writes_national_ones() -> None:
    ohio = parse("+13802345678")
    assert not matching("national_digits", "digits").same("13802345678", ohio)
    assert matching("national_digits", "digits").same("13802345678", parse("+8613802345678"))


def test_bare_digits_begin_with_the_country_where_the_store_never_writes_national_ones() -> None:
    ohio = parse("+13802345678")
    assert matching("digits").same("13802345678", ohio)
    assert not matching("digits").same("13802345678", parse("+8613802345678"))


def test_foreign_digits_are_found_among_national_ones() -> None:
    assert matching("national_digits", "digits").same("447911123456", parse("+447911123456"))


def test_no_spelling_is_searched_twice() -> None:
    assert matching("e164", "e164").spelled(LINE) == ["+8613800138000"]


@pytest.mark.parametrize("region", ["CN", None])
def test_a_number_abroad_is_not_searched_for_by_what_is_read_as_another(region: str | None) -> None:
    # In China 15123456789 is a line, and after a plus sign it is one in America.
    hans = parse("+4915123456789")
    assert "15123456789" not in matching(region=region).spelled(hans)
    assert set(matching(region=region).spelled(hans)) >= {
        "+4915123456789",
        "4915123456789",
        "tel:+4915123456789",
    }
    assert matching("national_digits", region=region).spelled(hans) == ["+4915123456789"]
    assert matching("national_digits", region="DE").spelled(hans) == ["15123456789"]


@pytest.mark.parametrize("line", ["+8613800138000", "+4915123456789", "+13802345678"])
@pytest.mark.parametrize("region", ["GB", "JP", None])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_whatever_is_searched_for_abroad_is_read_as_what_it_was_written_for(
    line: str, region: str | None, spelling: str
) -> None:
    for spellings in ((spelling,), (spelling, "national_digits"), (spelling, "digits")):
        by, number = matching(*spellings, region=region), parse(line)
        assert by.spelled(number)
        assert all(by.same(text, number) for text in by.spelled(number))


def test_more_records_than_a_number_can_have_are_refused() -> None:
    matching().check_cap(3)
    with pytest.raises(TooManyRecords, match="most_records"):
        matching().check_cap(4)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("lin.wanqiu@example.com", "li***@ex…"), ("小红同学", "小***"), ("Lin", "L***"), ("Linda", "Li***"),
        ("a@b.c", "a***@b…"), ("张三@公司.中国", "张***@公…"), (None, "***"), ("", "***"),
        ("\x1b[31mred", "[3***"),
        ("@nick", "@n***"), (13800138000, "13***"),
    ],
)  # fmt: skip
def test_a_label_is_masked(label: object, shown: str) -> None:
    assert masked(label) == shown


@given(st.text())
def test_no_label_tells_more_than_four_characters(label: str) -> None:
    shown = masked(label)
    assert "***" in shown
    assert len(shown) <= len("ab***@cd…")
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("kept", "at", "precision"),
    [
        ("2021-03-04 05:06:07", datetime(2021, 3, 4, 5, 6, 7, tzinfo=SHANGHAI), Precision.INSTANT),
        ("2021-03-04T05:06:07Z", datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC), Precision.INSTANT),
        (datetime(2021, 3, 4, 5), datetime(2021, 3, 4, 5, tzinfo=SHANGHAI), Precision.INSTANT),  # noqa: DTZ001 - as a store keeps it
        (date(2021, 3, 4), datetime(2021, 3, 4, tzinfo=SHANGHAI), Precision.DAY),
        ("2021-03-04", datetime(2021, 3, 4, tzinfo=SHANGHAI), Precision.DAY),
        ("20210304", datetime(2021, 3, 4, tzinfo=SHANGHAI), Precision.DAY),
        ("2021-03", datetime(2021, 3, 1, tzinfo=SHANGHAI), Precision.MONTH),
        (20210304, datetime(2021, 3, 4, tzinfo=SHANGHAI), Precision.DAY),
        (1614834367, datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC), Precision.INSTANT),
        (1614834367000, datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC), Precision.INSTANT),
        ("1614834367", datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC), Precision.INSTANT),
    ],
)
def test_a_time_is_read_as_finely_as_it_is_kept(kept: object, at: datetime, precision: Precision) -> None:
    assert instants.read(kept, zone=SHANGHAI) == (at, precision)


@pytest.mark.parametrize(
    "kept",
    [None, "", 0, "0000-00-00", "yesterday", True, "2021-13-01", 10**30, b"2021", -5, 20211301, 99999999],
)
def test_what_is_no_time_is_not_known(kept: object) -> None:
    assert instants.read(kept, zone=SHANGHAI) is None


@pytest.mark.parametrize(
    "kept",
    [
        "0001-01-01T00:00:00Z", "0001-01-01 00:00:00", "1900-01-01", "1970-01-01 00:00:00", 86_400, 3_600_000,
        "1970-01", "9999-12-31", "9999-12-31 23:59:59", date.max, datetime(1, 1, 1, tzinfo=UTC),
        253_402_300_799,
    ],
)  # fmt: skip
def test_what_means_never_is_not_known(kept: object) -> None:
    assert instants.read(kept, zone=SHANGHAI) is None


def test_the_best_that_is_known_counts() -> None:
    native = instants.bound("2021-03-04", "2020-01-01", zone=UTC)
    created = instants.bound("0000-00-00", "2020-01-01", zone=UTC)
    unknown = instants.bound(None, None, zone=UTC)
    assert [one.source for one in (native, created, unknown)] == [
        BoundSource.NATIVE, BoundSource.ACCOUNT_CREATED, BoundSource.UNKNOWN,
    ]  # fmt: skip
    assert unknown.at is None
