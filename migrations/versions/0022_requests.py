"""Requests to observe are known before they are sent."""

from trapdb.schema import revision as files

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the request; of earlier ones only what the observatory called them is known."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away."""
    files.run(__file__, "down")
