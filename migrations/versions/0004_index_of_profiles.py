"""An index of the events that say what agents can do: few, and looked for far back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_PROFILED = sa.text("type = 'AgentProfiled'")


def upgrade() -> None:
    op.create_index(
        "ix_events_profiles",
        "events",
        ["agent", "seq"],
        sqlite_where=_PROFILED,
        postgresql_where=_PROFILED,
    )


def downgrade() -> None:
    op.drop_index("ix_events_profiles", "events")
