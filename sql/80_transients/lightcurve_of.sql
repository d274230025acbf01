-- The light curve of one source. The data set is in the id, so that one partition is read.
-- reads: trap.lightcurve
-- writes: nothing
create function trap.lightcurve_of(p_source_id bigint) returns setof trap.lightcurve
language sql stable parallel safe
begin atomic
select c.*
from trap.lightcurve as c
where c.dataset_id = trap.dataset_of_source(p_source_id) and c.source_id = p_source_id
order by c.taken_at, c.freq_eff, c.stokes, c.measurement_id;
end;
comment on function trap.lightcurve_of is 'The light curve of one source in time order; columns as in trap.lightcurve.';
