"""Values of people may have an end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_EXPIRES = sa.text("until > 0")


def upgrade() -> None:
    op.add_column(
        "subject_values",
        sa.Column(
            "until",
            sa.Float(),
            server_default="0",
            nullable=False,
            comment="when it is destroyed, seconds since 1970; 0: with its person",
        ),
    )
    op.create_index(
        "ix_subject_values_until",
        "subject_values",
        ["until"],
        sqlite_where=_EXPIRES,
        postgresql_where=_EXPIRES,
    )


def downgrade() -> None:
    op.drop_index("ix_subject_values_until", "subject_values")
    op.drop_column("subject_values", "until")
