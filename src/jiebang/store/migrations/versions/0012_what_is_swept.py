"""What is swept: indexes for what the hub does all day, so that it reads no table from end to end."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_QUESTIONS = sa.text("event = 'https://schemas.jiebang.org/secevent/jiebang/event-type/bindings-asked'")


def upgrade() -> None:
    """Make the indexes."""
    op.drop_index("ix_letters_platform_id_urgency_seq", "letters")
    op.create_index(
        "ix_letters_platform_id_urgency_seq_leave_at", "letters",
        ["platform_id", "urgency", "seq", "leave_at"],
    )  # fmt: skip
    op.create_index("ix_texts_proof_id", "texts", ["proof_id"])
    op.create_index("ix_texts_order_id", "texts", ["order_id"])
    op.create_index("ix_texts_good_until", "texts", ["good_until"])
    op.create_index("ix_choices_chosen_at", "choices", ["chosen_at"])
    op.create_index(
        "ix_letters_questions", "letters", ["written_at"],
        sqlite_where=_QUESTIONS, postgresql_where=_QUESTIONS,
    )  # fmt: skip
