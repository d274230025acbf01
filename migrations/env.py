"""Run the revisions: within trapdb's own upgrade, or for alembic's command line in a checkout.

On the command line the database is the one of TRAPDB_DATABASE_URL. Schema `trap` is dropped by
the first revision that runs and stays away: `trapdb db upgrade` builds it.
"""

import os
import sys

from alembic import context
from sqlalchemy import Connection

from trapdb.schema.upgrade import transaction


def run(connection: Connection) -> None:
    """Run the revisions in the transaction of the connection."""
    context.configure(connection=connection, version_table_schema="trap_data")
    context.run_migrations()


if "connection" in context.config.attributes:
    run(context.config.attributes["connection"])
elif "TRAPDB_DATABASE_URL" in os.environ:
    with transaction(os.environ["TRAPDB_DATABASE_URL"]) as connection:
        run(connection)
else:
    sys.exit("set TRAPDB_DATABASE_URL to the database to migrate")
