"""Watch lists, watch maps and sky maps: where on the sky users want to be told of sources."""

from trapdb.schema import revision as files

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add their tables, which are empty."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away, with what was stored."""
    files.run(__file__, "down")
