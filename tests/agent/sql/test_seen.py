"""A change is tried with a number that its record has not, written as the record writes its own."""

from collections import Counter

from jiebang.agent.connectors.matching import Matching
from jiebang.agent.connectors.sql.seen import Place, Seen, others_like


def test_another_number_is_written_alike_in_the_same_type_and_is_none_of_the_records() -> None:
    matching = Matching(spellings=["national_digits"], region="CN", most=3)
    kept = Counter[Place]({("phone", "13800138000"): 1})
    places = kept + Counter[Place]({("other", "+8613800138001"): 1, ("empty", None): 1})
    spelled = ("13800138000", 13800138000, "+86 138-0013-8000 ")
    seen = Seen(places=places, kept=kept, spelled=spelled)
    assert list(others_like(seen, matching=matching)) == ["13800138002", 13800138002, "+86 138-0013-8002 "]
