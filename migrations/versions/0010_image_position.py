"""Images are found by the position of their centre."""

from trapdb.schema import revision as files

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the index."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away."""
    files.run(__file__, "down")
