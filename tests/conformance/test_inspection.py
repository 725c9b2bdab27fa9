"""What the kit is told of a platform is understood or refused in a sentence, and its report has an order."""

from pathlib import Path

import pytest

from jiebang.sandbox.conformance.inspection import InspectionInvalid, load
from jiebang.sandbox.conformance.report import Finding, Report, Verdict

INSPECTION = """
platform = "par_shop"
keys = "public.json"
{more}
[numbers]
one = "+8613700137001"
two = "{two}"
none = "+8613700137003"
"""


def written(folder: Path, *, more: str = "", two: str = "+8613700137002") -> Path:
    path = folder / "inspection.toml"
    path.write_text(INSPECTION.format(more=more, two=two))
    return path


def found(verdict: Verdict, *, section: str = "events.md#letters", required: bool = True) -> Finding:
    return Finding(check=section, section=section, claim="It is so.", verdict=verdict, required=required)


def test_an_inspection_is_ten_thousand_letters_where_nothing_is_said(tmp_path: Path) -> None:
    inspection = load(written(tmp_path))
    assert (inspection.letters, inspection.restore, inspection.keys) == (
        10_000,
        None,
        tmp_path / "public.json",
    )


@pytest.mark.parametrize(
    ("more", "two", "sentence"),
    [
        ("letters = 0", "+8613700137002", "letters is not right: input should be greater than or equal to 1"),
        ("port = 0", "+8613700137002", "port is not right: input should be greater than or equal to 1"),
        ("letters", "+8613700137002", "is not TOML"),
        ("", "13700137002", "numbers.two must be a telephone number that can exist"),
        ("", "+8613700137001", "numbers must be three different numbers"),
        ("restore = 'true \"'", "+8613700137002", "restore must be a command: no closing quotation"),
        ("restore = ''", "+8613700137002", "restore must be a command, or be left out"),
    ],
)
def test_an_inspection_that_is_not_right_is_refused(
    tmp_path: Path, *, more: str, two: str, sentence: str
) -> None:
    with pytest.raises(InspectionInvalid, match=sentence):
        load(written(tmp_path, more=more, two=two))


def test_an_inspection_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InspectionInvalid, match="cannot be read"):
        load(tmp_path / "inspection.toml")


@pytest.mark.parametrize("public", ["", "{}", "[]", '{"keys": [{"kty": "EC"}]}'])
def test_an_inspection_without_a_key_is_refused(tmp_path: Path, public: str) -> None:
    (tmp_path / "public.json").write_text(public)
    with pytest.raises(InspectionInvalid, match="holds no JWK set"):
        load(written(tmp_path)).public()


def test_an_inspection_whose_key_is_not_there_is_refused(tmp_path: Path) -> None:
    inspection = load(written(tmp_path))
    with pytest.raises(InspectionInvalid, match=r"keys: .*public\.json cannot be read: No such file"):
        inspection.public()


@pytest.mark.parametrize(
    ("findings", "passed"),
    [
        ([], False),
        ([found(Verdict.PASSED), found(Verdict.NOT_TRIED, required=False)], True),
        ([found(Verdict.PASSED), found(Verdict.NOT_TRIED)], False),
        ([found(Verdict.PASSED), found(Verdict.FAILED, required=False)], False),
    ],
)
def test_a_platform_has_passed_when_all_that_is_required_was(
    findings: list[Finding], *, passed: bool
) -> None:
    assert Report("par_shop", findings).passed is passed


def test_a_report_follows_the_protocols_pages() -> None:
    sections = ["platform.md#outcomes", "events.md#letters", "oauth.md#using-it", "events.md#signals"]
    report = Report("par_shop", [found(Verdict.PASSED, section=section) for section in sections])
    assert list(report.by_section()) == [sections[2], sections[1], sections[3], sections[0]]
