"""Ranks of agents in queues, and agents who are kept from callers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent_ranks",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False, comment="1 is asked first"),
        sa.ForeignKeyConstraint(
            ["number"], ["agents.number"], name=op.f("fk_agent_ranks_number_agents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", "queue", name=op.f("pk_agent_ranks")),
    )
    op.create_table(
        "blocked_pairs",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column(
            "number", sa.String(length=12), nullable=False, comment="the agent who is kept from this person"
        ),
        sa.PrimaryKeyConstraint("subject", "number", name=op.f("pk_blocked_pairs")),
    )


def downgrade() -> None:
    op.drop_table("blocked_pairs")
    op.drop_table("agent_ranks")
