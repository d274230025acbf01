-- Where the catalogue held a source to be after each of its blind points, in the order in which the points became known: for the
-- audit of an association. Computed over the light curve; nothing of it is stored.
-- reads: trap.curve_point, trap_data.source, trap_data.measurement, trap_data.image
-- writes: nothing
create function trap.position_history(p_source_id bigint)
returns table (
    measurement_id bigint, taken_at timestamptz, n_blind bigint, ra double precision, "dec" double precision,
    ra_err double precision, dec_err double precision
)
language sql stable parallel safe security definer
begin atomic
select
    summed.measurement_id, summed.taken_at, summed.n_blind, mean.ra, mean.dec,
    1 / sqrt(summed.weight_l), 1 / sqrt(summed.weight_m)
from (
    select
        p.measurement_id, p.known_image_id, i.taken_at, s.reference_ra, s.reference_dec,
        count(*) over so_far as n_blind,
        sum(1 / power(m.ra_err::double precision, 2)) over so_far as weight_l,
        sum(c.l / power(m.ra_err::double precision, 2)) over so_far as weighted_l,
        sum(1 / power(m.dec_err::double precision, 2)) over so_far as weight_m,
        sum(c.m / power(m.dec_err::double precision, 2)) over so_far as weighted_m
    from trap.curve_point as p
    inner join trap_data.source as s
        on s.dataset_id = trap.dataset_of_source(p_source_id) and s.source_id = p_source_id
    inner join trap_data.measurement as m
        on m.dataset_id = trap.dataset_of_source(p_source_id) and p.measurement_id = m.measurement_id
    inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
    cross join lateral trap.direction_cosines(s.reference_ra, s.reference_dec, m.ra, m.dec) as c
    where p.dataset_id = trap.dataset_of_source(p_source_id) and p.source_id = p_source_id and m.kind = 'blind'
    window so_far as (order by p.known_image_id, p.measurement_id)
) as summed
cross join lateral trap.sky_position(
    summed.reference_ra, summed.reference_dec, summed.weighted_l / summed.weight_l, summed.weighted_m / summed.weight_m
) as mean
order by summed.known_image_id, summed.measurement_id;
end;
comment on function trap.position_history is
'The mean position [deg] of a source and its errors [deg] after each of its blind points, in the order in which they became known.';
