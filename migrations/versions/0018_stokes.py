"""Sources of either sign in Stokes Q, U and V, and the leakage of their images."""

from trapdb.schema import revision as files

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add column and table, and what is brightest by size of what is there."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away, and what is brightest is what is largest again."""
    files.run(__file__, "down")
