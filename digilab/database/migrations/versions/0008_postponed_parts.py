"""How long a part was made to wait the last time, which was read out of the history before."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("parts", sa.Column("postponed_seconds", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("parts", "postponed_seconds")
