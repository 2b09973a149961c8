"""The tables, in portable terms; what one engine needs of its own stands in that engine's module.

``migrations/versions`` holds the same in steps; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

HEAD = "0010"
"""Newest migration; a test holds it against ``migrations/versions``."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time on every engine (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuse naive times, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back what was stored, with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


PROFILED = text("type = 'AgentProfiled'")
"""Which events the index ``ix_events_profiles`` has."""
PERSONAL = ("subjects", "subject_numbers", "subject_values")
"""Tables of the vault: what is deleted there must leave the disk as well."""
EXPIRES = text("until > 0")
"""Which values of people have a time of their own."""
OUTLIVES = text("(line = 0 OR owner <> '')")
"""Which leads stay when their list is imported anew: added by hand, or promised a call by somebody."""

events = Table(
    "events",
    metadata,
    Column("stream", String(40), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("at_us", BigInteger, nullable=False, comment="UTC, microseconds since 1970"),
    Column("site", String(80), nullable=False),
    Column("node", String(80), nullable=False),
    Column("type", String(60), nullable=False),
    Column("call", String(80)),
    Column("agent", String(40)),
    Column("queue", String(80)),
    Column("body", Text, nullable=False, comment="the event as JSON"),
    Index("ix_events_call", "call"),
    Index("ix_events_agent_at_us", "agent", "at_us"),
    Index("ix_events_at_us", "at_us"),
    # skills seldom change: without an index of their own they would lie below millions of other events
    Index("ix_events_profiles", "agent", "seq", sqlite_where=PROFILED, postgresql_where=PROFILED),
)

stream_heads = Table(
    "stream_heads",
    metadata,
    Column("stream", String(40), primary_key=True),
    Column("epoch", Integer, nullable=False, comment="the present owner's lease number"),
    Column("written_entry", BigInteger, nullable=False, comment="last journal entry that is in here"),
    Column("written_seq", BigInteger, nullable=False, comment="last event that is in here"),
    Column("projected_seq", BigInteger, nullable=False, comment="last event that call_records knows of"),
)

stream_owners = Table(
    "stream_owners",
    metadata,
    Column("stream", String(40), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("journal", String(40), nullable=False, comment="which journal folder the owner writes"),
    Column("node", String(80), nullable=False),
    Column("from_entry", BigInteger, nullable=False, comment="written_entry when this owner took over"),
    Column("taken_at", UtcTime, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("stream", String(40), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("folds", LargeBinary, nullable=False),
    Column("crc", BigInteger, nullable=False),
)

call_records = Table(
    "call_records",
    metadata,
    Column("call", String(80), primary_key=True),
    Column("site", String(80), nullable=False),
    Column("node", String(80), nullable=False),
    Column("trunk", String(80), nullable=False),
    Column("dialed", String(80), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("arrived_at", UtcTime, nullable=False),
    Column("answered_at", UtcTime),
    Column("language", String(40)),
    Column("menus", JSON, nullable=False),
    Column("queue", String(80)),
    Column("queued_at", UtcTime),
    Column("wait_s", Float),
    Column("offers", JSON, nullable=False),
    Column("agent", String(40)),
    Column("connected_at", UtcTime),
    Column("talk_s", Float),
    Column("wrap_up_s", Float),
    Column("ended_at", UtcTime, nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("ended_by", String(40), nullable=False),
    Column("cause", String(40), nullable=False),
    Column("found_after_restart", Boolean, nullable=False),
    Column("transfers", JSON, nullable=False, server_default="[]"),
    Column("purpose", String(40), nullable=False, server_default=""),
    Column("reference", String(80), nullable=False, server_default=""),
    Column("follows", String(80), nullable=False, server_default=""),
    Column("listening", JSON, nullable=False, server_default="{}"),
    Column("quality", JSON, nullable=False, server_default="[]"),
    Index("ix_call_records_arrived_at", "arrived_at"),
    Index("ix_call_records_queue_arrived_at", "queue", "arrived_at"),
    Index("ix_call_records_agent_arrived_at", "agent", "arrived_at"),
    Index("ix_call_records_subject", "subject"),
)

call_recordings = Table(
    "call_recordings",
    metadata,
    Column("recording", String(80), primary_key=True),
    Column("call", String(80), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("queue", String(80), nullable=False),
    Column("agents", JSON, nullable=False),
    Column("file", String(200), nullable=False, comment="below the folder of recordings"),
    Column("begun_at", Float, nullable=False, comment="seconds since 1970"),
    Column("seconds", Float, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("delete_at", Float, nullable=False, comment="seconds since 1970; 0: never by itself"),
    Index("ix_call_recordings_begun_at", "begun_at"),
    Index("ix_call_recordings_call", "call"),
    Index("ix_call_recordings_subject", "subject"),
    Index("ix_call_recordings_delete_at", "delete_at"),
)

subjects = Table(
    "subjects",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("wrapped_key", LargeBinary, nullable=False, comment="AES-256 key, wrapped by the master key"),
)

subject_numbers = Table(
    "subject_numbers",
    metadata,
    Column("number_hash", LargeBinary(32), primary_key=True, comment="keyed; tells nothing without the key"),
    Column("subject", String(40), primary_key=True),
    Index("ix_subject_numbers_subject", "subject"),
)

subject_values = Table(
    "subject_values",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("name", String(120), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column(
        "until",
        Float,
        nullable=False,
        server_default="0",
        comment="when it is destroyed, seconds since 1970; 0: with its person",
    ),
    Index("ix_subject_values_until", "until", sqlite_where=EXPIRES, postgresql_where=EXPIRES),
)

vault_seal = Table(
    "vault_seal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("proof", LargeBinary, nullable=False, comment="tells a wrong master key from the right one"),
)

agents = Table(
    "agents",
    metadata,
    Column("number", String(12), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("pin_hash", LargeBinary),
)

agent_skills = Table(
    "agent_skills",
    metadata,
    Column("number", String(12), ForeignKey("agents.number", ondelete="CASCADE"), primary_key=True),
    Column("skill", String(40), primary_key=True),
    Column("level", Integer, nullable=False),
)

agent_ranks = Table(
    "agent_ranks",
    metadata,
    Column("number", String(12), ForeignKey("agents.number", ondelete="CASCADE"), primary_key=True),
    Column("queue", String(80), primary_key=True),
    Column("rank", Integer, nullable=False, comment="1 is asked first"),
)

blocked_pairs = Table(
    "blocked_pairs",
    metadata,
    Column("subject", String(40), primary_key=True),
    Column("number", String(12), primary_key=True, comment="the agent who is kept from this person"),
)

phones = Table(
    "phones",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("sealed_secret", LargeBinary, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("role", String(40), nullable=False),
    Column("token_sha256", LargeBinary(32), nullable=False, unique=True),
    Column("agent", String(12), nullable=False, server_default=""),
    Column("made_by", String(80), nullable=False, server_default=""),
    Column("made_at", UtcTime),
    Column("expires_at", UtcTime),
    Column("last_used_at", UtcTime),
)

webhook_positions = Table(
    "webhook_positions",
    metadata,
    Column("subscription", String(40), primary_key=True),
    Column("state", Text, nullable=False, comment="what is behind it and what is not, as JSON"),
)

lead_lists = Table(
    "lead_lists",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False),
    Column("state", String(12), nullable=False, comment="importing, live (one of a name at most) or gone"),
    Column("counter", Integer, nullable=False, comment="which import of this name it is"),
    Column("version", String(80), nullable=False),
    Column("imported_at", Float, nullable=False, comment="seconds since 1970"),
    Column("file", String(200), nullable=False),
    Column("home", String(2), nullable=False),
    Column("good", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Index("ix_lead_lists_name", "name"),
    sqlite_autoincrement=True,  # an id must not come again while rows of an older list are being removed
)

leads = Table(
    "leads",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("lead_list", BigInteger, nullable=False, comment="lead_lists.id"),
    Column("line", Integer, nullable=False, comment="of the file; 0: added by hand"),
    Column("person", LargeBinary(32), nullable=False, comment="as subject_numbers.number_hash"),
    Column("country", String(2), nullable=False),
    Column("zone", String(64), nullable=False, comment="empty: by the number"),
    Column("mobile", Boolean, nullable=False),
    Column("language", Text, nullable=False),
    Column("consent", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False, comment="AES-256 key, wrapped by the master key"),
    Column("sealed", LargeBinary, nullable=False, comment="number, name and other columns"),
    Column("attempts", Integer, nullable=False),
    Column("last_at", Float, nullable=False, comment="seconds since 1970; 0: never yet"),
    Column("last_outcome", String(10), nullable=False),
    Column("last_attempt", String(80), nullable=False, comment="dial_attempts.attempt"),
    Column(
        "until", Float, nullable=False, server_default="0", comment="not after, seconds since 1970; 0: no end"
    ),
    Column("next_at", Float, nullable=False, comment="seconds since 1970; 0: at once"),
    Column("state", String(8), nullable=False, comment="open or over"),
    Column("owner", String(12), nullable=False, comment="the agent who alone may call them"),
    # the last column spares a count by outcome the table itself
    Index("ix_leads_due", "lead_list", "state", "priority", "next_at", "id", "last_outcome"),
    Index("ix_leads_person", "person"),
    Index("ix_leads_outlives", "lead_list", sqlite_where=OUTLIVES, postgresql_where=OUTLIVES),
    sqlite_autoincrement=True,
)

do_not_call = Table(
    "do_not_call",
    metadata,
    Column("person", LargeBinary(32), primary_key=True, comment="as subject_numbers.number_hash"),
    Column("scope", String(80), primary_key=True, comment="a campaign; empty: all of them"),
    Column("source", String(20), nullable=False, comment="file, key, api or agent"),
    Column("at", Float, nullable=False, comment="seconds since 1970"),
)

dial_attempts = Table(
    "dial_attempts",
    metadata,
    Column("attempt", String(80), primary_key=True, comment="the call's id"),
    Column("campaign", String(80), nullable=False),
    Column("lead_list", String(80), nullable=False, comment="its name"),
    Column("lead", BigInteger, nullable=False),
    Column("person", LargeBinary(32), comment="as subject_numbers.number_hash; none: erased"),
    Column("dialled_at", Float, nullable=False, comment="seconds since 1970"),
    Column("ended_at", Float, nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("dropped", Boolean, nullable=False),
    Column("agent", String(12), nullable=False),
    Index("ix_dial_attempts_person_dialled_at", "person", "dialled_at"),
    Index("ix_dial_attempts_campaign_ended_at", "campaign", "ended_at"),
)
