"""The schema in the database: what it needs, whether it is current, how it is brought up to date.

Two piles of SQL build it. `migrations/` holds what has state, schema `trap_data`: each revision
runs once. `sql/` holds what has none, schemas `trap`, `tap_schema` and `ivoa`: they are thrown
away and built anew by every upgrade. An upgrade is one transaction, so that whoever looks sees the
old schema or the new one.
"""

from trapdb.schema.recipe import digest
from trapdb.schema.requirements import Requirement, requirements
from trapdb.schema.status import State, Status, status_of
from trapdb.schema.upgrade import Report, downgrade, restrict, upgrade

__all__ = [
    "Report",
    "Requirement",
    "State",
    "Status",
    "digest",
    "downgrade",
    "requirements",
    "restrict",
    "status_of",
    "upgrade",
]
