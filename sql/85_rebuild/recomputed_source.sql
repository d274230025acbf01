-- What the running sums of each source ought to be, from its points. Of all sources, or of some.
-- Or what of these sums is of points that became known with an image or later, which trap.known_point wants unpacked.
-- Summed in the order in which the points were measured: the last digits do not depend on the plan or on where rows lie.
-- reads: trap.curve_point, trap_data.association, trap_data.source, trap_data.measurement, trap_data.image
-- writes: nothing
create function trap.recomputed_source(p_dataset_id integer, p_source_ids bigint[], p_known_image_id bigint default null)
returns table (
    source_id bigint, n_blind integer, n_forced integer, forced_steps integer, last_forced_image_id bigint,
    weight_l double precision, weighted_l double precision, weight_m double precision, weighted_m double precision,
    first_seen timestamptz, last_seen timestamptz, last_blind_image_id bigint,
    shape_weight double precision, shape_ll double precision, shape_lm double precision, shape_mm double precision
)
language sql stable parallel safe
begin atomic
with point as (
    select
        s.source_id, trap.image_of(m.measurement_id) as image_id, i.taken_at, m.usable, p.backfilled, m.kind = 'blind' as is_blind,
        fit.ll - beam.ll as shape_ll, fit.lm - beam.lm as shape_lm, fit.mm - beam.mm as shape_mm,
        case when m.kind = 'blind' and fit.ll - beam.ll is not null then power(m.snr, 2) end as shape_weight,
        c.l, c.m, 1 / power(m.ra_err::double precision, 2) as weight_l, 1 / power(m.dec_err::double precision, 2) as weight_m,
        max(i.taken_at) filter (where m.kind = 'blind') over (partition by s.source_id) as last_seen
    from trap_data.source as s
    -- a monitored position may have no points
    left join trap.known_point(p_dataset_id, p_source_ids, p_known_image_id) as p on s.source_id = p.source_id
    left join trap_data.measurement as m on m.dataset_id = p_dataset_id and p.measurement_id = m.measurement_id
    left join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
    cross join lateral trap.direction_cosines(s.reference_ra, s.reference_dec, m.ra, m.dec) as c
    cross join lateral trap.gaussian_moments(m.major, m.minor, m.pa) as fit
    cross join lateral trap.gaussian_moments(i.beam_major, i.beam_minor, i.beam_pa) as beam
    where s.dataset_id = p_dataset_id and (p_source_ids is null or s.source_id = any(p_source_ids))
    order by s.source_id, p.measurement_id
)

select
    p.source_id,
    (count(*) filter (where p.is_blind))::integer,
    (count(*) filter (where not p.is_blind and p.usable))::integer,
    (count(distinct p.taken_at) filter (where not p.is_blind and not p.backfilled and p.taken_at > p.last_seen))::integer,
    max(p.image_id) filter (where not p.is_blind and not p.backfilled),
    coalesce(sum(p.weight_l) filter (where p.is_blind), 0),
    coalesce(sum(p.weight_l * p.l) filter (where p.is_blind), 0),
    coalesce(sum(p.weight_m) filter (where p.is_blind), 0),
    coalesce(sum(p.weight_m * p.m) filter (where p.is_blind), 0),
    min(p.taken_at) filter (where p.is_blind),
    max(p.taken_at) filter (where p.is_blind),
    max(p.image_id) filter (where p.is_blind),
    coalesce(sum(p.shape_weight), 0),
    coalesce(sum(p.shape_weight * p.shape_ll) / nullif(sum(p.shape_weight), 0), 0),
    coalesce(sum(p.shape_weight * p.shape_lm) / nullif(sum(p.shape_weight), 0), 0),
    coalesce(sum(p.shape_weight * p.shape_mm) / nullif(sum(p.shape_weight), 0), 0)
from point as p
group by p.source_id;
end;
comment on function trap.recomputed_source is
'The running sums of sources, recomputed from their points, all or those known with an image or later; of all sources of the data set if '
'p_source_ids is NULL.';
