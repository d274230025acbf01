"""Images with a file beside them that says how their noise goes over the field."""

from trapdb.schema import revision as files

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add the file; no image has one yet."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take it away; the digests of such images stay what they are, of both files."""
    files.run(__file__, "down")
