"""Watches of alerts know their alert, and alerts what of them could not be read."""

from trapdb.schema import revision as files

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add the columns; that of watches and events from the names that such watches have."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away."""
    files.run(__file__, "down")
