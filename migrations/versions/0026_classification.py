"""Classifiers, and what they say of sources."""

from trapdb.schema import revision as files

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the tables, and classes for what varies and for what only seems to."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away; classes that somebody used stay."""
    files.run(__file__, "down")
