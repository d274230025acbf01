-- Each source in a line, by which what has changed is found.
select s.healpix_29, s.source_id, s.points, s.mark
from trap.source_state(%(dataset_id)s) as s
