"""The first tables."""

import sqlalchemy as sa
from alembic import op

from digilab.database.base import Identity, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departments",
        sa.Column("id", Identity, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_departments"),
        sa.UniqueConstraint("code", name="uq_departments_code"),
    )
    op.create_table(
        "failed_sign_ins",
        sa.Column("id", Identity, nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("tries", Identity, nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_sign_ins"),
        sa.UniqueConstraint("login", "address", name="uq_failed_sign_ins_login_address"),
    )
    op.create_table(
        "pauses",
        sa.Column("capability", sa.String(length=40), nullable=False),
        sa.Column("since", UTCDateTime(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("capability", name="pk_pauses"),
    )
    op.create_table(
        "services",
        sa.Column("id", Identity, nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=2000), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_services"),
        sa.UniqueConstraint("slug", name="uq_services_slug"),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("capability", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=120), nullable=False),
        sa.Column("pid", Identity, nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.Column("draining", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    with op.batch_alter_table("workers", schema=None) as batch_op:
        batch_op.create_index("ix_workers_capability", ["capability"], unique=False)
        batch_op.create_index("ix_workers_seen_at", ["seen_at"], unique=False)

    op.create_table(
        "baselines",
        sa.Column("id", Identity, nullable=False),
        sa.Column("service_id", Identity, nullable=False),
        sa.Column("minutes_per_unit", sa.Double(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("evidence", sa.String(length=2000), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("approved_at", UTCDateTime(), nullable=True),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_baselines_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_baselines"),
    )
    with op.batch_alter_table("baselines", schema=None) as batch_op:
        batch_op.create_index("ix_baselines_service_id", ["service_id"], unique=False)

    op.create_table(
        "people",
        sa.Column("id", Identity, nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("department_id", Identity, nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("disabled_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name="fk_people_department_id"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("login", name="uq_people_login"),
    )
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.create_index("ix_people_department_id", ["department_id"], unique=False)

    op.create_table(
        "audit",
        sa.Column("id", Identity, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("person_id", Identity, nullable=True),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_audit_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_at", ["at"], unique=False)
        batch_op.create_index("ix_audit_person_id", ["person_id"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", Identity, nullable=False),
        sa.Column("department_id", Identity, nullable=False),
        sa.Column("person_id", Identity, nullable=False),
        sa.Column("service_id", Identity, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("priority", Identity, nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("expected", sa.Double(), nullable=True),
        sa.Column("verified", sa.Double(), nullable=True),
        sa.Column("human_minutes", sa.Double(), nullable=False),
        sa.Column("failure", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name="fk_jobs_department_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_jobs_person_id"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_jobs_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("person_id", "idempotency_key", name="uq_jobs_person_id_idempotency_key"),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_department_id_created_at", ["department_id", "created_at"], unique=False)
        batch_op.create_index("ix_jobs_service_id", ["service_id"], unique=False)
        batch_op.create_index("ix_jobs_state", ["state"], unique=False)

    op.create_table(
        "sign_ins",
        sa.Column("id", Identity, nullable=False),
        sa.Column("cookie_hash", sa.String(length=64), nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=False),
        sa.Column("person_id", Identity, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sign_ins_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ins"),
        sa.UniqueConstraint("cookie_hash", name="uq_sign_ins_cookie_hash"),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index("ix_sign_ins_person_id", ["person_id"], unique=False)

    op.create_table(
        "tokens",
        sa.Column("id", Identity, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("person_id", Identity, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("revoked_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_tokens_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_tokens_token_hash"),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index("ix_tokens_person_id", ["person_id"], unique=False)

    op.create_table(
        "bookings",
        sa.Column("id", Identity, nullable=False),
        sa.Column("job_id", Identity, nullable=False),
        sa.Column("sequence", Identity, nullable=False),
        sa.Column("service_id", Identity, nullable=False),
        sa.Column("department_id", Identity, nullable=False),
        sa.Column("baseline_id", Identity, nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("volume", sa.Double(), nullable=False),
        sa.Column("manual_minutes", sa.Double(), nullable=False),
        sa.Column("human_minutes", sa.Double(), nullable=False),
        sa.Column("net_minutes", sa.Double(), nullable=False),
        sa.Column("booked_at", UTCDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["baseline_id"], ["baselines.id"], name="fk_bookings_baseline_id"),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name="fk_bookings_department_id"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_bookings_job_id"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_bookings_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bookings"),
        sa.UniqueConstraint("job_id", "sequence", name="uq_bookings_job_id_sequence"),
    )
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.create_index("ix_bookings_department_id_booked_at", ["department_id", "booked_at"], unique=False)

    op.create_table(
        "files",
        sa.Column("id", Identity, nullable=False),
        sa.Column("job_id", Identity, nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("size", Identity, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=120), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_files_job_id"),
        sa.PrimaryKeyConstraint("id", name="pk_files"),
        sa.UniqueConstraint("job_id", "role", "name", name="uq_files_job_id_role_name"),
        sa.UniqueConstraint("key", name="uq_files_key"),
    )
    op.create_table(
        "history",
        sa.Column("id", Identity, nullable=False),
        sa.Column("job_id", Identity, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_history_job_id"),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
    )
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.create_index("ix_history_job_id", ["job_id"], unique=False)

    op.create_table(
        "parts",
        sa.Column("id", Identity, nullable=False),
        sa.Column("job_id", Identity, nullable=False),
        sa.Column("department_id", Identity, nullable=False),
        sa.Column("capability", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=10), nullable=False),
        sa.Column("ordinal", Identity, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("priority", Identity, nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("epoch", Identity, nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("not_before", UTCDateTime(), nullable=True),
        sa.Column("crashes", Identity, nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("leased_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name="fk_parts_department_id"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_parts_job_id"),
        sa.PrimaryKeyConstraint("id", name="pk_parts"),
        sa.UniqueConstraint("job_id", "stage", "ordinal", name="uq_parts_job_id_stage_ordinal"),
    )
    with op.batch_alter_table("parts", schema=None) as batch_op:
        batch_op.create_index("ix_parts_lease_until", ["lease_until"], unique=False)
        batch_op.create_index("ix_parts_leased_at", ["leased_at"], unique=False)
        batch_op.create_index("ix_parts_state_capability", ["state", "capability"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("parts", schema=None) as batch_op:
        batch_op.drop_index("ix_parts_state_capability")
        batch_op.drop_index("ix_parts_leased_at")
        batch_op.drop_index("ix_parts_lease_until")

    op.drop_table("parts")
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_index("ix_history_job_id")

    op.drop_table("history")
    op.drop_table("files")
    with op.batch_alter_table("bookings", schema=None) as batch_op:
        batch_op.drop_index("ix_bookings_department_id_booked_at")

    op.drop_table("bookings")
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index("ix_tokens_person_id")

    op.drop_table("tokens")
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_ins_person_id")

    op.drop_table("sign_ins")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_state")
        batch_op.drop_index("ix_jobs_service_id")
        batch_op.drop_index("ix_jobs_department_id_created_at")

    op.drop_table("jobs")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_person_id")
        batch_op.drop_index("ix_audit_at")

    op.drop_table("audit")
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_index("ix_people_department_id")

    op.drop_table("people")
    with op.batch_alter_table("baselines", schema=None) as batch_op:
        batch_op.drop_index("ix_baselines_service_id")

    op.drop_table("baselines")
    with op.batch_alter_table("workers", schema=None) as batch_op:
        batch_op.drop_index("ix_workers_seen_at")
        batch_op.drop_index("ix_workers_capability")

    op.drop_table("workers")
    op.drop_table("services")
    op.drop_table("pauses")
    op.drop_table("failed_sign_ins")
    op.drop_table("departments")
