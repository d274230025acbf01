"""How much alerts of others may bring about: what is refused, and positions by rules."""

from trapdb.schema import revision as files

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the limits; rules that are there get the one that new ones have."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away."""
    files.run(__file__, "down")
