"""Points of light curves of closed images, kept by source."""

from trapdb.schema import revision as files

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the table, and a partition of it for each data set."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Make rows of the points again, and take the table away."""
    files.run(__file__, "down")
