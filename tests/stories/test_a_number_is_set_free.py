"""The spine: a second-hand number is set free on two account systems, and registers again."""

from pathlib import Path

from jiebang.sandbox.story import Story
from jiebang.sandbox.world import IDENTITY, SHOP, Plan, opened


def test_a_second_hand_number_is_set_free_and_registers_again(tmp_path: Path, empty_url: str) -> None:
    with opened(Plan(directory=tmp_path / "world", database_url=empty_url)) as world:
        story = Story(world)
        story.set_up()
        story.refused()
        story.prove()
        assert [card.origin for card in story.ask()] == ["inherited", "inherited", "uncertain"]
        story.free()
        assert {order.platform for order in story.settle()} == {SHOP, IDENTITY}
        story.register()
        kept = {(item.where, item.what): item.after for item in story.compare()}
        assert kept[SHOP, "balance_fen"] == 8860
        assert kept[IDENTITY, "displayName"] == "林晚秋"
        assert [card.origin for card in story.look_at_own()] == ["own"]
        story.sign_out()
