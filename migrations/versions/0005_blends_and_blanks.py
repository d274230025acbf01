"""Where images are blank; which sources are established, and points that are of several of them."""

from trapdb.schema import revision as files

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add them; of former images it is not known, and what were points stay points."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away; what was set aside stays unused."""
    files.run(__file__, "down")
