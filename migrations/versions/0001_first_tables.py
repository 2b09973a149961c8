"""First tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("pin_hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_agents")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_tokens_token_sha256")),
    )
    op.create_table(
        "call_records",
        sa.Column("call", sa.String(length=80), nullable=False),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column("trunk", sa.String(length=80), nullable=False),
        sa.Column("dialed", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=True),
        sa.Column("menus", sa.JSON(), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wait_s", sa.Float(), nullable=True),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("talk_s", sa.Float(), nullable=True),
        sa.Column("wrap_up_s", sa.Float(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("ended_by", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("found_after_restart", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_call_records")),
    )
    with op.batch_alter_table("call_records", schema=None) as batch_op:
        batch_op.create_index("ix_call_records_agent_arrived_at", ["agent", "arrived_at"], unique=False)
        batch_op.create_index("ix_call_records_arrived_at", ["arrived_at"], unique=False)
        batch_op.create_index("ix_call_records_queue_arrived_at", ["queue", "arrived_at"], unique=False)
        batch_op.create_index("ix_call_records_subject", ["subject"], unique=False)

    op.create_table(
        "events",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False, comment="UTC, microseconds since 1970"),
        sa.Column("site", sa.String(length=80), nullable=False),
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("call", sa.String(length=80), nullable=True),
        sa.Column("agent", sa.String(length=40), nullable=True),
        sa.Column("queue", sa.String(length=80), nullable=True),
        sa.Column("body", sa.Text(), nullable=False, comment="the event as JSON"),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index("ix_events_agent_at_us", ["agent", "at_us"], unique=False)
        batch_op.create_index("ix_events_at_us", ["at_us"], unique=False)
        batch_op.create_index("ix_events_call", ["call"], unique=False)

    op.create_table(
        "phones",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_phones")),
    )
    op.create_table(
        "snapshots",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("folds", sa.LargeBinary(), nullable=False),
        sa.Column("crc", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_snapshots")),
    )
    op.create_table(
        "stream_heads",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False, comment="the present owner's lease number"),
        sa.Column(
            "written_entry", sa.BigInteger(), nullable=False, comment="last journal entry that is in here"
        ),
        sa.Column("written_seq", sa.BigInteger(), nullable=False, comment="last event that is in here"),
        sa.Column(
            "projected_seq", sa.BigInteger(), nullable=False, comment="last event that call_records knows of"
        ),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_stream_heads")),
    )
    op.create_table(
        "stream_owners",
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "journal", sa.String(length=40), nullable=False, comment="which journal folder the owner writes"
        ),
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column(
            "from_entry", sa.BigInteger(), nullable=False, comment="written_entry when this owner took over"
        ),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("stream", "epoch", name=op.f("pk_stream_owners")),
    )
    op.create_table(
        "subject_numbers",
        sa.Column(
            "number_hash",
            sa.LargeBinary(length=32),
            nullable=False,
            comment="keyed; tells nothing without the key",
        ),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("number_hash", "subject", name=op.f("pk_subject_numbers")),
    )
    with op.batch_alter_table("subject_numbers", schema=None) as batch_op:
        batch_op.create_index("ix_subject_numbers_subject", ["subject"], unique=False)

    op.create_table(
        "subject_values",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "name", name=op.f("pk_subject_values")),
    )
    op.create_table(
        "subjects",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column(
            "wrapped_key", sa.LargeBinary(), nullable=False, comment="AES-256 key, wrapped by the master key"
        ),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_subjects")),
    )
    op.create_table(
        "vault_seal",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "proof", sa.LargeBinary(), nullable=False, comment="tells a wrong master key from the right one"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vault_seal")),
    )
    op.create_table(
        "agent_skills",
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["agents.number"], name=op.f("fk_agent_skills_number_agents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", "skill", name=op.f("pk_agent_skills")),
    )


def downgrade() -> None:
    op.drop_table("agent_skills")
    op.drop_table("vault_seal")
    op.drop_table("subjects")
    op.drop_table("subject_values")
    with op.batch_alter_table("subject_numbers", schema=None) as batch_op:
        batch_op.drop_index("ix_subject_numbers_subject")

    op.drop_table("subject_numbers")
    op.drop_table("stream_owners")
    op.drop_table("stream_heads")
    op.drop_table("snapshots")
    op.drop_table("phones")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_call")
        batch_op.drop_index("ix_events_at_us")
        batch_op.drop_index("ix_events_agent_at_us")

    op.drop_table("events")
    with op.batch_alter_table("call_records", schema=None) as batch_op:
        batch_op.drop_index("ix_call_records_subject")
        batch_op.drop_index("ix_call_records_queue_arrived_at")
        batch_op.drop_index("ix_call_records_arrived_at")
        batch_op.drop_index("ix_call_records_agent_arrived_at")

    op.drop_table("call_records")
    op.drop_table("api_tokens")
    op.drop_table("agents")
