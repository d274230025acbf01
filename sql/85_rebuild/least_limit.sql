-- The smallest limit that any earlier image on its own set at the place where a source was founded. A little above that of the smallest
-- noise at each place, where several images share a grid; archives that began at revision 0001 have it for their sources of that time.
-- reads: trap_data.image, trap_data.image_noise
-- writes: nothing
create function trap.least_limit(p_source_id bigint) returns double precision
language sql stable parallel safe
begin atomic
select min(e.detection_threshold * local.rms)
from trap.founding_place(trap.dataset_of_source(p_source_id)) as p
inner join trap_data.image as e
    on p.sky_region_id = e.sky_region_id and p.band_id = e.band_id and p.stokes = e.stokes and p.taken_at > e.taken_at
inner join trap_data.image_noise as n on e.image_id = n.image_id
cross join lateral trap.interpolated_rms(e.ra, e.dec, n.l0, n.m0, n.dl, n.dm, n.rms, p.ra, p.dec) as local
where p.source_id = p_source_id and e.dataset_id = trap.dataset_of_source(p_source_id) and e.status = 'accepted';
end;
comment on function trap.least_limit is
'Smallest limit [Jy/beam] that an earlier image on its own set at the place where a source was founded; NULL where no noise is known.';
