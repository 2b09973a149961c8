"""Recordings of calls, and how well each call was heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_recordings",
        sa.Column("recording", sa.String(length=80), nullable=False),
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
        sa.Column("agents", sa.JSON(), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False, comment="below the folder of recordings"),
        sa.Column("begun_at", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("delete_at", sa.Float(), nullable=False, comment="seconds since 1970; 0: never by itself"),
        sa.PrimaryKeyConstraint("recording", name=op.f("pk_call_recordings")),
    )
    for column in ("begun_at", "call", "subject", "delete_at"):
        op.create_index(f"ix_call_recordings_{column}", "call_recordings", [column])
    op.add_column("call_records", sa.Column("quality", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("call_records", "quality")
    op.drop_table("call_recordings")
