"""Decisions to observe are known by their task, so that what is said twice is kept once."""

from trapdb.schema import revision as files

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the column; of earlier decisions the task is not known."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away."""
    files.run(__file__, "down")
