"""How long images that came one by one took."""

from trapdb.schema import revision as files

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add it; of former images it is not known."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away."""
    files.run(__file__, "down")
