"""Labels: what people say of sources, by place on the sky."""

from trapdb.schema import revision as files

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the tables, and a proposal of classes."""
    files.run(__file__, "up")


def downgrade() -> None:
    """Take them away, with what people said."""
    files.run(__file__, "down")
