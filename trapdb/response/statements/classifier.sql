-- The digest of a classifier.
-- Parameters: name.
select k.digest
from trap.classifier as k
where k.name = %(name)s::text
