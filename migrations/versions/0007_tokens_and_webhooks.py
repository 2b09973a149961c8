"""What API tokens are bound to and until when they hold; how far webhooks have come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WORDS = (("agent", 12), ("made_by", 80))
_TIMES = ("made_at", "expires_at", "last_used_at")


def upgrade() -> None:
    for name, length in _WORDS:
        op.add_column(
            "api_tokens", sa.Column(name, sa.String(length=length), server_default="", nullable=False)
        )
    for name in _TIMES:
        op.add_column("api_tokens", sa.Column(name, sa.DateTime(timezone=True)))
    op.create_table(
        "webhook_positions",
        sa.Column("subscription", sa.String(length=40), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="what is behind it and what is not, as JSON"),
        sa.PrimaryKeyConstraint("subscription", name=op.f("pk_webhook_positions")),
    )


def downgrade() -> None:
    op.drop_table("webhook_positions")
    for name in (*reversed(_TIMES), *(name for name, _ in reversed(_WORDS))):
        op.drop_column("api_tokens", name)
