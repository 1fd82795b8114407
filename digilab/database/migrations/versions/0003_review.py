"""Review: people's answers about values, held pages taken note of."""

import sqlalchemy as sa
from alembic import op

from digilab.database.base import Identity, UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column("id", Identity, nullable=False),
        sa.Column("value_id", Identity, nullable=False),
        sa.Column("person_id", Identity, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("settling", sa.Boolean(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_answers_person_id"),
        sa.ForeignKeyConstraint(["value_id"], ["field_values.id"], name="fk_answers_value_id"),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
    )
    with op.batch_alter_table("answers", schema=None) as batch_op:
        batch_op.create_index("ix_answers_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_answers_value_id", ["value_id"], unique=False)

    op.create_table(
        "held_acknowledgements",
        sa.Column("id", Identity, nullable=False),
        sa.Column("job_id", Identity, nullable=False),
        sa.Column("person_id", Identity, nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_held_acknowledgements_job_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_held_acknowledgements_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_held_acknowledgements"),
    )
    with op.batch_alter_table("held_acknowledgements", schema=None) as batch_op:
        batch_op.create_index("ix_held_acknowledgements_job_id", ["job_id"], unique=False)
        batch_op.create_index("ix_held_acknowledgements_person_id", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("held_acknowledgements")
    op.drop_table("answers")
