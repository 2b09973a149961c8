"""What listeners made of a call's talk, in its record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call_records", sa.Column("listening", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("call_records", "listening")
