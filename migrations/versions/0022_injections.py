"""What was injected into a data set: the truth about sources that were put into its images."""

from trapdb.schema import revision as files

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the table; nothing is injected yet."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away; data sets stay injected."""
    files.run(__file__, "down")
