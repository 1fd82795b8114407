"""Since when a person's password is one that somebody else has set."""

import sqlalchemy as sa
from alembic import op

from digilab.database.base import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The people of before keep their passwords: an update stops nobody at the door.
    op.add_column("people", sa.Column("password_given_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("people", "password_given_at")
