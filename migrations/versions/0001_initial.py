"""The tables of the first release."""

from trapdb.schema import revision as files

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create them."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Drop them."""
    files.run(__file__, "down")
