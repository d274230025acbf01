"""The software of a run, and what a run warned of."""

from trapdb.schema import revision as files

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add them; of former runs they are not known."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away."""
    files.run(__file__, "down")
