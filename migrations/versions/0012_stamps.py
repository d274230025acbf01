"""Stamps: pieces of images around sources, which outlive the images."""

from trapdb.schema import revision as files

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table; data sets that are there have no stamps made."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away, with the stamps."""
    files.run(__file__, "down")
