insert into trap_data.association (
    dataset_id, source_id, measurement_id, kind, de_ruiter_radius, separation_arcsec, known_image_id, backfilled
)
select
    c.dataset_id, c.source_id, p.measurement_id,
    (enum_range(null::trap_data.association_kind))[c.codes[p.place] & 15],
    c.de_ruiter_radius[p.place], c.separation_arcsec[p.place],
    (p.measurement_id >> 20) + coalesce(c.known_after[p.place], c.known_after[1]), c.codes[p.place] & 32 <> 0
from trap_data.curve_stretch as c
cross join lateral unnest(c.measurement_ids) with ordinality as p (measurement_id, place);
drop table trap_data.curve_stretch;
