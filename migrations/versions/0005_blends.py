"""Where images are blank."""

from trapdb.schema import revision as files

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add it; of former images it is not known."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away."""
    files.run(__file__, "down")
