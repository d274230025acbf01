-- The light curves, in a hundred lines of many: the source of each, its number of points, and a mark that differs if others are.
select array_agg(c.source_id) as source_id, array_agg(c.points) as points, array_agg(c.mark) as mark
from trap.curve_state(%(dataset_id)s) as c
group by c.source_id %% 100
