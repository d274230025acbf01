"""Watches, and the events that they bring."""

from trapdb.schema import revision as files

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the tables; nothing is watched yet, and data sets that are there are real."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away, with what was watched and what was told."""
    files.run(__file__, "down")
