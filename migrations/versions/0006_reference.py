"""Reference catalogues: what other surveys know of the sky."""

from trapdb.schema import revision as files

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add their tables, which are empty."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away, with the catalogues that were loaded."""
    files.run(__file__, "down")
