-- Each light curve in a line, or in two.
select c.source_id, c.points, c.mark
from trap.curve_state(%(dataset_id)s) as c
