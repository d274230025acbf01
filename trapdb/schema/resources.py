"""The place of the SQL tree and the migrations: the installed package, else the checkout."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def sql_directory() -> Path:
    """Return the folder of the files that build what has no state."""
    return _find("sql")


def migrations_directory() -> Path:
    """Return alembic's folder: env.py and the revisions that build schema `trap_data`."""
    return _find("migrations")


def _find(name: str) -> Path:
    installed = PACKAGE / name
    return installed if installed.is_dir() else PACKAGE.parent / name
