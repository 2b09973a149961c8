"""Lists of leads, do-not-call lists, and the attempts of dialers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OUTLIVES = sa.text("(line = 0 OR owner <> '')")


def upgrade() -> None:
    op.create_table(
        "lead_lists",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "state",
            sa.String(length=12),
            nullable=False,
            comment="importing, live (one of a name at most) or gone",
        ),
        sa.Column("counter", sa.Integer(), nullable=False, comment="which import of this name it is"),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("imported_at", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("home", sa.String(length=2), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_lists")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lead_lists_name", "lead_lists", ["name"])
    op.create_table(
        "leads",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("lead_list", sa.BigInteger(), nullable=False, comment="lead_lists.id"),
        sa.Column("line", sa.Integer(), nullable=False, comment="of the file; 0: added by hand"),
        sa.Column(
            "person", sa.LargeBinary(length=32), nullable=False, comment="as subject_numbers.number_hash"
        ),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False, comment="empty: by the number"),
        sa.Column("mobile", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column(
            "wrapped_key", sa.LargeBinary(), nullable=False, comment="AES-256 key, wrapped by the master key"
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="number, name and other columns"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Float(), nullable=False, comment="seconds since 1970; 0: never yet"),
        sa.Column("last_outcome", sa.String(length=10), nullable=False),
        sa.Column("last_attempt", sa.String(length=80), nullable=False, comment="dial_attempts.attempt"),
        sa.Column(
            "until",
            sa.Float(),
            nullable=False,
            server_default="0",
            comment="not after, seconds since 1970; 0: no end",
        ),
        sa.Column("next_at", sa.Float(), nullable=False, comment="seconds since 1970; 0: at once"),
        sa.Column("state", sa.String(length=8), nullable=False, comment="open or over"),
        sa.Column("owner", sa.String(length=12), nullable=False, comment="the agent who alone may call them"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_leads_due", "leads", ["lead_list", "state", "priority", "next_at", "id", "last_outcome"]
    )
    op.create_index("ix_leads_person", "leads", ["person"])
    op.create_index(
        "ix_leads_outlives", "leads", ["lead_list"], sqlite_where=_OUTLIVES, postgresql_where=_OUTLIVES
    )
    op.create_table(
        "do_not_call",
        sa.Column(
            "person", sa.LargeBinary(length=32), nullable=False, comment="as subject_numbers.number_hash"
        ),
        sa.Column("scope", sa.String(length=80), nullable=False, comment="a campaign; empty: all of them"),
        sa.Column("source", sa.String(length=20), nullable=False, comment="file, key, api or agent"),
        sa.Column("at", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.PrimaryKeyConstraint("person", "scope", name=op.f("pk_do_not_call")),
    )
    op.create_table(
        "dial_attempts",
        sa.Column("attempt", sa.String(length=80), nullable=False, comment="the call's id"),
        sa.Column("campaign", sa.String(length=80), nullable=False),
        sa.Column("lead_list", sa.String(length=80), nullable=False, comment="its name"),
        sa.Column("lead", sa.BigInteger(), nullable=False),
        sa.Column(
            "person", sa.LargeBinary(length=32), comment="as subject_numbers.number_hash; none: erased"
        ),
        sa.Column("dialled_at", sa.Float(), nullable=False, comment="seconds since 1970"),
        sa.Column("ended_at", sa.Float(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("dropped", sa.Boolean(), nullable=False),
        sa.Column("agent", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("attempt", name=op.f("pk_dial_attempts")),
    )
    op.create_index("ix_dial_attempts_person_dialled_at", "dial_attempts", ["person", "dialled_at"])
    op.create_index("ix_dial_attempts_campaign_ended_at", "dial_attempts", ["campaign", "ended_at"])


def downgrade() -> None:
    for table in ("dial_attempts", "do_not_call", "leads", "lead_lists"):
        op.drop_table(table)
