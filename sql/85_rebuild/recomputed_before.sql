-- What the sums of the back-filled points from before the discovery of new sources ought to be, from these points. Of all new
-- sources, or of some.
-- reads: trap_data.new_source, trap.curve_point, trap_data.measurement, trap_data.image
-- writes: nothing
create function trap.recomputed_before(p_dataset_id integer, p_source_ids bigint[])
returns table (source_id bigint, n integer, weight double precision, flux double precision)
language sql stable parallel safe
begin atomic
select
    n.source_id, count(point.weight)::integer, coalesce(sum(point.weight), 0), sum(point.weight * point.peak_flux) / sum(point.weight)
from trap_data.new_source as n
inner join trap_data.image as founding on trap.image_of(n.source_id) = founding.image_id
left join (
    select a.source_id, i.taken_at, i.band_id, i.stokes, m.peak_flux, 1 / power(m.peak_flux_err::double precision, 2) as weight
    from trap.curve_point as a
    inner join trap_data.measurement as m on m.dataset_id = p_dataset_id and a.measurement_id = m.measurement_id
    inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
    where
        a.dataset_id = p_dataset_id and not a.inherited and a.backfilled and m.usable
        and (p_source_ids is null or a.source_id = any(p_source_ids))
) as point
    on n.source_id = point.source_id and founding.band_id = point.band_id and founding.stokes = point.stokes
    and founding.taken_at > point.taken_at
where n.dataset_id = p_dataset_id and (p_source_ids is null or n.source_id = any(p_source_ids))
group by n.source_id;
end;
comment on function trap.recomputed_before is
'Number, weight and weighted mean peak flux of the back-filled points from before the discovery of new sources, recomputed; of all '
'new sources of the data set if p_source_ids is NULL.';
