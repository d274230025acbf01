"""Monitored positions, back-filled points, local limits and stored definitions of transients."""

from trapdb.schema import revision as files

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add their tables and columns, and fill them from what is there."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away; monitored positions and what was measured at them are lost."""
    files.run(__file__, "down")
