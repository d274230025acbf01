"""Narrower rows of measurements, and keys without the data set, which their partition says."""

from trapdb.schema import revision as files

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Write the measurements anew, and what was summed of them."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Make rows and keys as they were; the numbers stay as they are."""
    files.run(__file__, "down")
