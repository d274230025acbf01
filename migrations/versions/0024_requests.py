"""Requests to observe are known before they are sent."""

from trapdb.schema import revision as files

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the request; of earlier ones only what the observatory called them is known."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away."""
    files.run(__file__, "down")
