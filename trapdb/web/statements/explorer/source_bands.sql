-- all that a source is judged by, a row a band and Stokes parameter
select c.*
from trap.candidate as c
where c.dataset_id = trap.dataset_of_source(%(source_id)s) and c.source_id = %(source_id)s
order by c.freq_central, c.stokes;
