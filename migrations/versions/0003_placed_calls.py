"""Calls that we place: why, and what they follow from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, length in (("purpose", 40), ("reference", 80), ("follows", 80)):
        op.add_column(
            "call_records", sa.Column(name, sa.String(length=length), server_default="", nullable=False)
        )


def downgrade() -> None:
    for name in ("follows", "reference", "purpose"):
        op.drop_column("call_records", name)
