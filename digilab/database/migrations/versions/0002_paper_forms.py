"""Paper forms: definitions and revisions, pinned jobs, sheets and values."""

import sqlalchemy as sa
from alembic import op

from digilab.database.base import Identity, UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "form_definitions",
        sa.Column("id", Identity, nullable=False),
        sa.Column("department_id", Identity, nullable=True),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name="fk_form_definitions_department_id"),
        sa.PrimaryKeyConstraint("id", name="pk_form_definitions"),
        sa.UniqueConstraint("department_id", "name", name="uq_form_definitions_department_id_name"),
    )
    with op.batch_alter_table("form_definitions", schema=None) as batch_op:
        batch_op.create_index(
            "uq_form_definitions_name_of_house",
            ["name"],
            unique=True,
            sqlite_where=sa.text("department_id IS NULL"),
            postgresql_where=sa.text("department_id IS NULL"),
        )

    op.create_table(
        "form_revisions",
        sa.Column("id", Identity, nullable=False),
        sa.Column("definition_id", Identity, nullable=False),
        sa.Column("revision", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("personal_number", sa.Boolean(), nullable=False),
        sa.Column("pages", Identity, nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=False),
        sa.Column("published_by", sa.String(length=80), nullable=False),
        sa.Column("retired_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["definition_id"], ["form_definitions.id"], name="fk_form_revisions_definition_id"),
        sa.PrimaryKeyConstraint("id", name="pk_form_revisions"),
        sa.UniqueConstraint("definition_id", "revision", name="uq_form_revisions_definition_id_revision"),
    )
    op.create_table(
        "field_values",
        sa.Column("id", Identity, nullable=False),
        sa.Column("job_id", Identity, nullable=False),
        sa.Column("case_number", Identity, nullable=False),
        sa.Column("ordinal", Identity, nullable=False),
        sa.Column("sheet", Identity, nullable=False),
        sa.Column("revision_id", Identity, nullable=False),
        sa.Column("page", Identity, nullable=False),
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("p_wrong", sa.Double(), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("masked", sa.Boolean(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("box", sa.JSON(), nullable=False),
        sa.Column("crop_key", sa.String(length=200), nullable=True),
        sa.Column("crop_start", Identity, nullable=True),
        sa.Column("crop_length", Identity, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_field_values_job_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["form_revisions.id"], name="fk_field_values_revision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_field_values"),
        sa.UniqueConstraint("job_id", "case_number", "path", name="uq_field_values_job_id_case_number_path"),
    )
    with op.batch_alter_table("field_values", schema=None) as batch_op:
        batch_op.create_index("ix_field_values_job_id_decision", ["job_id", "decision"], unique=False)
        batch_op.create_index("ix_field_values_revision_id", ["revision_id"], unique=False)

    op.create_table(
        "form_cases",
        sa.Column("job_id", Identity, nullable=False),
        sa.Column("number", Identity, autoincrement=False, nullable=False),
        sa.Column("revision_id", Identity, nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("engine", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_form_cases_job_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["form_revisions.id"], name="fk_form_cases_revision_id"),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_form_cases"),
    )
    with op.batch_alter_table("form_cases", schema=None) as batch_op:
        batch_op.create_index("ix_form_cases_revision_id", ["revision_id"], unique=False)

    op.create_table(
        "job_forms",
        sa.Column("job_id", Identity, autoincrement=False, nullable=False),
        sa.Column("revision_id", Identity, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_forms_job_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["form_revisions.id"], name="fk_job_forms_revision_id"),
        sa.PrimaryKeyConstraint("job_id", "revision_id", name="pk_job_forms"),
    )
    with op.batch_alter_table("job_forms", schema=None) as batch_op:
        batch_op.create_index("ix_job_forms_revision_id", ["revision_id"], unique=False)

    op.create_table(
        "sheets",
        sa.Column("id", Identity, nullable=False),
        sa.Column("job_id", Identity, nullable=False),
        sa.Column("ordinal", Identity, nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("page", Identity, nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("revision_id", Identity, nullable=True),
        sa.Column("form_page", Identity, nullable=True),
        sa.Column("case_number", Identity, nullable=True),
        sa.Column("nearest", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("notices", sa.JSON(), nullable=False),
        sa.Column("picture", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_sheets_job_id"),
        sa.ForeignKeyConstraint(["revision_id"], ["form_revisions.id"], name="fk_sheets_revision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sheets"),
        sa.UniqueConstraint("job_id", "ordinal", name="uq_sheets_job_id_ordinal"),
    )
    with op.batch_alter_table("sheets", schema=None) as batch_op:
        batch_op.create_index("ix_sheets_revision_id", ["revision_id"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("sheets", schema=None) as batch_op:
        batch_op.drop_index("ix_sheets_revision_id")

    op.drop_table("sheets")
    with op.batch_alter_table("job_forms", schema=None) as batch_op:
        batch_op.drop_index("ix_job_forms_revision_id")

    op.drop_table("job_forms")
    with op.batch_alter_table("form_cases", schema=None) as batch_op:
        batch_op.drop_index("ix_form_cases_revision_id")

    op.drop_table("form_cases")
    with op.batch_alter_table("field_values", schema=None) as batch_op:
        batch_op.drop_index("ix_field_values_revision_id")
        batch_op.drop_index("ix_field_values_job_id_decision")

    op.drop_table("field_values")
    op.drop_table("form_revisions")
    with op.batch_alter_table("form_definitions", schema=None) as batch_op:
        batch_op.drop_index("uq_form_definitions_name_of_house")

    op.drop_table("form_definitions")
