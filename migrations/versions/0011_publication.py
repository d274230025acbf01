"""Publications: data sets that do not change any more."""

from trapdb.schema import revision as files

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table; nothing is published yet."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away: what was published may change again."""
    files.run(__file__, "down")
