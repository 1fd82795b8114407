"""Names, places and expressions that recordings are read with."""

import sqlalchemy as sa
from alembic import op

from digilab.database.base import Identity, UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "glossary_terms",
        sa.Column("id", Identity, nullable=False),
        sa.Column("department_id", Identity, nullable=True),
        sa.Column("service_id", Identity, nullable=True),
        sa.Column("text", sa.String(60), nullable=False),
        sa.Column("reading", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("weight", Identity, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_glossary_terms_department_id_departments")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_glossary_terms_service_id_services")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glossary_terms")),
    )
    op.create_index(
        "ix_glossary_terms_department_id_service_id", "glossary_terms", ["department_id", "service_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_glossary_terms_department_id_service_id", table_name="glossary_terms")
    op.drop_table("glossary_terms")
