"""Times in words."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jiebang.domain.number import parse
from jiebang.domain.span import Span, day, month
from jiebang.portal.language import Language
from jiebang.portal.moments import Clock, zone_of
from jiebang.portal.pace import pace
from tests.build import NOW, NUMBER

BEIJING = ZoneInfo("Asia/Shanghai")
ENGLISH = Clock(Language.EN, zone_of(NUMBER), NOW)
CHINESE = Clock(Language.ZH, zone_of(NUMBER), NOW)


def test_an_instant_of_today_is_a_time_and_any_other_a_day_as_well() -> None:
    assert ENGLISH.moment(NOW) == '<time datetime="2026-11-24T06:30:00+00:00">14:30</time>'
    assert ">2026年11月25日 00:10<" in CHINESE.moment(datetime(2026, 11, 24, 16, 10, tzinfo=UTC))


@pytest.mark.parametrize("zone", [UTC, BEIJING, ZoneInfo("America/New_York")])
def test_a_day_is_the_same_day_wherever_it_is_read(zone: ZoneInfo) -> None:
    clock = Clock(Language.EN, zone, NOW)
    assert ">2 Mar 2026<" in clock.about(day(date(2026, 3, 2), BEIJING))
    assert ">2 Mar 2026<" in clock.about(day(date(2026, 3, 2), ZoneInfo("America/New_York")))


def test_a_month_is_said_as_a_month() -> None:
    assert ">March 2026<" in ENGLISH.about(month(date(2026, 3, 2), BEIJING))
    assert ">2026年3月<" in CHINESE.about(month(date(2026, 3, 2), BEIJING))


def test_a_span_with_an_open_end_is_no_day() -> None:
    with pytest.raises(ValueError, match="open end"):
        ENGLISH.about(Span(None, NOW))


def test_the_zone_is_that_of_the_numbers_country_and_named() -> None:
    assert ENGLISH.zone_name == "China Time (UTC+08:00)"
    assert CHINESE.zone_name == "中国时间 (UTC+08:00)"


@pytest.mark.parametrize("number", [None, "+18005550199", "+79161234567"])
def test_where_the_zone_is_not_certain_it_is_utc(number: str | None) -> None:
    clock = Clock(Language.EN, zone_of(parse(number) if number else None), NOW)
    assert clock.zone_name == "UTC"


@pytest.mark.parametrize(
    ("hours", "english", "chinese"),
    [
        (72, "3 days", "3天"),
        (1, "1 hour", "1小时"),
        (1 / 12, "5 minutes", "5分钟"),
        (30 * 24, "30 days", "30天"),
        (7 * 24, "7 days", "7天"),
        (36, "36 hours", "36小时"),
        (1.5, "90 minutes", "90分钟"),
        (59 / 3600, "59 seconds", "59秒钟"),
    ],
)
def test_a_length_is_said_as_people_say_it_not_roughly(hours: float, english: str, chinese: str) -> None:
    assert ENGLISH.length(timedelta(hours=hours)) == english
    assert CHINESE.length(timedelta(hours=hours)) == chinese


def test_a_page_looks_again_less_and_less_often_and_then_no_more() -> None:
    minutes = [0, 0.9, 1, 9, 10, 59, 60, 6000]
    assert [pace(timedelta(minutes=one)) for one in minutes] == [1, 1, 5, 5, 30, 30, None, None]
