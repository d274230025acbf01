"""Data sets at timescales of another one, and bursts within the images of one."""

from trapdb.schema import revision as files

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the tables."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away; the data sets themselves stay."""
    files.run(__file__, "down")
