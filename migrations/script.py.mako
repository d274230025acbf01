"""${message}."""

from trapdb.schema import revision as files

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Run the up file."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Run the down file."""
    files.run(__file__, "down")
