"""Alembic runs this file; the connection is handed over by `digilab.database.migrate`."""

from alembic import context

from digilab.database.base import Record

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Record.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
