"""Robots: the row ledger, approvals, target systems, credentials, schedules."""

import sqlalchemy as sa
from alembic import op

from digilab.database.base import Identity, UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closed_days",
        sa.Column("id", Identity, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closed_days"),
        sa.UniqueConstraint("day", name="uq_closed_days_day"),
    )
    op.create_table(
        "targets",
        sa.Column("id", Identity, nullable=False),
        sa.Column("robot", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("money", sa.Boolean(), nullable=False),
        sa.Column("synchronous", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.String(length=60), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("template", sa.JSON(), nullable=False),
        sa.Column("url", sa.String(length=400), nullable=False),
        sa.Column("contexts", Identity, nullable=False),
        sa.Column("settle_seconds", sa.Double(), nullable=False),
        sa.Column("most_rows", Identity, nullable=False),
        sa.Column("most_yen", Identity, nullable=False),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.Column("screens", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("held", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_targets"),
        sa.UniqueConstraint("robot", name="uq_targets_robot"),
    )
    op.create_table(
        "credentials",
        sa.Column("id", Identity, nullable=False),
        sa.Column("target_id", Identity, nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("department_id", Identity, nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("set_at", UTCDateTime(), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name="fk_credentials_department_id"),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name="fk_credentials_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credentials"),
        sa.UniqueConstraint("target_id", name="uq_credentials_target_id"),
    )
    op.create_table(
        "schedules",
        sa.Column("id", Identity, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("service_id", Identity, nullable=False),
        sa.Column("department_id", Identity, nullable=False),
        sa.Column("person_id", Identity, nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("missed", sa.String(length=10), nullable=False),
        sa.Column("rehearse", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("failures", Identity, nullable=False),
        sa.Column("stopped", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("begins_at", UTCDateTime(), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name="fk_schedules_department_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_schedules_person_id"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_schedules_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
        sa.UniqueConstraint("slug", name="uq_schedules_slug"),
    )
    op.create_table(
        "approvals",
        sa.Column("id", Identity, nullable=False),
        sa.Column("job_id", Identity, nullable=False),
        sa.Column("person_id", Identity, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("rows", Identity, nullable=False),
        sa.Column("yen", Identity, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_approvals_job_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_approvals_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index("ix_approvals_job_id", ["job_id"], unique=False)

    op.create_table(
        "due_runs",
        sa.Column("id", Identity, nullable=False),
        sa.Column("schedule_id", Identity, nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("job_id", Identity, nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_due_runs_job_id"),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedules.id"], name="fk_due_runs_schedule_id"),
        sa.PrimaryKeyConstraint("id", name="pk_due_runs"),
        sa.UniqueConstraint("schedule_id", "due_at", name="uq_due_runs_schedule_id_due_at"),
    )
    with op.batch_alter_table("due_runs", schema=None) as batch_op:
        batch_op.create_index("ix_due_runs_job_id", ["job_id"], unique=False)
        batch_op.create_index("ix_due_runs_state", ["state"], unique=False)

    op.create_table(
        "ledger_rows",
        sa.Column("id", Identity, nullable=False),
        sa.Column("job_id", Identity, nullable=False),
        sa.Column("target_id", Identity, nullable=False),
        sa.Column("number", Identity, nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("sheet", sa.String(length=120), nullable=False),
        sa.Column("line", Identity, nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("business_key", sa.String(length=64), nullable=False),
        sa.Column("claim", Identity, nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("part_id", Identity, nullable=True),
        sa.Column("epoch", Identity, nullable=False),
        sa.Column("attempt", Identity, nullable=False),
        sa.Column("payload", sa.String(length=64), nullable=False),
        sa.Column("receipt", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("blocked_by", Identity, nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["blocked_by"], ["ledger_rows.id"], name="fk_ledger_rows_blocked_by"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_ledger_rows_job_id"),
        sa.ForeignKeyConstraint(["part_id"], ["parts.id"], name="fk_ledger_rows_part_id"),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name="fk_ledger_rows_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_rows"),
        sa.UniqueConstraint("job_id", "number", name="uq_ledger_rows_job_id_number"),
        sa.UniqueConstraint("reference", name="uq_ledger_rows_reference"),
        sa.UniqueConstraint("target_id", "business_key", "claim", name="uq_ledger_rows_target_id_business_key_claim"),
    )
    with op.batch_alter_table("ledger_rows", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_rows_part_id", ["part_id"], unique=False)
        batch_op.create_index("ix_ledger_rows_state_target_id", ["state", "target_id"], unique=False)

    op.create_table(
        "seats",
        sa.Column("id", Identity, nullable=False),
        sa.Column("target_id", Identity, nullable=False),
        sa.Column("number", Identity, nullable=False),
        sa.Column("part_id", Identity, nullable=False),
        sa.Column("epoch", Identity, nullable=False),
        sa.ForeignKeyConstraint(["part_id"], ["parts.id"], name="fk_seats_part_id"),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name="fk_seats_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_seats"),
        sa.UniqueConstraint("target_id", "number", name="uq_seats_target_id_number"),
    )
    with op.batch_alter_table("seats", schema=None) as batch_op:
        batch_op.create_index("ix_seats_part_id", ["part_id"], unique=False)

    op.create_table(
        "ledger_events",
        sa.Column("id", Identity, nullable=False),
        sa.Column("row_id", Identity, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("epoch", Identity, nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["row_id"], ["ledger_rows.id"], name="fk_ledger_events_row_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_events"),
    )
    with op.batch_alter_table("ledger_events", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_events_row_id", ["row_id"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("ledger_events", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_events_row_id")

    op.drop_table("ledger_events")
    with op.batch_alter_table("seats", schema=None) as batch_op:
        batch_op.drop_index("ix_seats_part_id")

    op.drop_table("seats")
    with op.batch_alter_table("ledger_rows", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_rows_state_target_id")
        batch_op.drop_index("ix_ledger_rows_part_id")

    op.drop_table("ledger_rows")
    with op.batch_alter_table("due_runs", schema=None) as batch_op:
        batch_op.drop_index("ix_due_runs_state")
        batch_op.drop_index("ix_due_runs_job_id")

    op.drop_table("due_runs")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index("ix_approvals_job_id")

    op.drop_table("approvals")
    op.drop_table("schedules")
    op.drop_table("credentials")
    op.drop_table("targets")
    op.drop_table("closed_days")
