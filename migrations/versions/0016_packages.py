"""Work packages: what responders want done about events, as tasks in the queue."""

from trapdb.schema import revision as files

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the tables of packages and responders, and what tasks need to the queue."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away, with the packages, their tasks, and the calls of responders."""
    files.run(__file__, "down")
