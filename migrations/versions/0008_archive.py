"""The queue of the archive: work that is done later, by whoever takes it."""

from trapdb.schema import revision as files

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add its table, which is empty."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away, with the jobs."""
    files.run(__file__, "down")
