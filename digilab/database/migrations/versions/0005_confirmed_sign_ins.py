"""Since when a sign-in's password was last typed again."""

import sqlalchemy as sa
from alembic import op

from digilab.database.base import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("confirmed_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("sign_ins", "confirmed_at")
