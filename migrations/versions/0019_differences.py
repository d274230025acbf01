"""Data sets whose images are differences of those of another one."""

from trapdb.schema import revision as files

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the table; no image is a difference yet."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away; differences become images like others."""
    files.run(__file__, "down")
