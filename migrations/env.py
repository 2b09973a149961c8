"""Alembic's entry: runs on the connection that ``records.database`` hands over, never on one of its own."""

from __future__ import annotations

from alembic import context

from records.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
