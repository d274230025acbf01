"""Alerts of others: what came from brokers, where and when it was, and what refers to what."""

from trapdb.schema import revision as files

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the tables; no alert has come yet."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away, with the alerts."""
    files.run(__file__, "down")
