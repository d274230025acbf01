"""Positions of alerts that are monitored, with what was there before."""

from trapdb.schema import revision as files

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the tables; no position is asked for yet."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away; monitored positions stay."""
    files.run(__file__, "down")
