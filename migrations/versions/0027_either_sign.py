"""Flux densities of either sign: those of Q, U and V, and of Stokes I in differences."""

from trapdb.schema import revision as files

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Say which sums are of such; in differences the size counts from now on."""
    files.run(__file__, "up")


def downgrade() -> None:
    """In differences of Stokes I the value counts again."""
    files.run(__file__, "down")
