-- The points of light curves: which measurement belongs to which source, after a fork also those that it inherits from its ancestors,
-- which are stored but once: as a row of trap_data.association, or packed in trap_data.curve_stretch.
-- reads: trap_data.association, trap_data.curve_stretch, trap_data.source_ancestry, trap_data.dataset
create view trap.curve_point as
select
    d.name as dataset, point.dataset_id, point.source_id, point.measurement_id, point.kind::text as kind, point.inherited,
    point.backfilled, point.known_image_id, point.de_ruiter_radius, point.separation_arcsec
from (
    select
        a.dataset_id, a.source_id, a.measurement_id, a.kind, false as inherited, a.backfilled, a.known_image_id,
        a.de_ruiter_radius, a.separation_arcsec
    from trap_data.association as a
    union all
    select
        a.dataset_id, y.source_id, a.measurement_id, a.kind, true as inherited, a.backfilled, a.known_image_id,
        a.de_ruiter_radius, a.separation_arcsec
    from trap_data.source_ancestry as y
    inner join trap_data.association as a on y.dataset_id = a.dataset_id and y.ancestor_id = a.source_id
    where a.known_image_id < y.until_image_id
    union all
    select
        c.dataset_id, c.source_id, p.measurement_id, p.kind, false as inherited, p.backfilled, p.known_image_id,
        p.de_ruiter_radius, p.separation_arcsec
    from trap_data.curve_stretch as c
    cross join lateral trap.packed_point(c) as p
    union all
    select
        c.dataset_id, y.source_id, p.measurement_id, p.kind, true as inherited, p.backfilled, p.known_image_id,
        p.de_ruiter_radius, p.separation_arcsec
    from trap_data.source_ancestry as y
    inner join trap_data.curve_stretch as c on y.dataset_id = c.dataset_id and y.ancestor_id = c.source_id
    cross join lateral trap.packed_point(c) as p
    where p.known_image_id < y.until_image_id
) as point
inner join trap_data.dataset as d on point.dataset_id = d.dataset_id;
comment on view trap.curve_point is
'The points of light curves: which measurement belongs to which source, with what it inherits from its ancestors after a fork.';
comment on column trap.curve_point.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.curve_point.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.curve_point.source_id is 'Source. {meta.id;src principal indexed}';
comment on column trap.curve_point.measurement_id is 'Measurement. {meta.id;meta.main principal indexed}';
comment on column trap.curve_point.kind is
'How it came to the source: new, one_to_one, many_to_one, fork, null_detection or monitored. {meta.code.class principal}';
comment on column trap.curve_point.inherited is 'Whether it is a point of an ancestor, from before a fork. {meta.code}';
comment on column trap.curve_point.backfilled is 'Whether the point was measured after its own time step. {meta.code}';
comment on column trap.curve_point.known_image_id is 'The last image that had been taken when the point became known. {meta.id;obs.image}';
comment on column trap.curve_point.de_ruiter_radius is 'De Ruiter radius of the association at the time [1]. {pos.angDistance;arith.ratio}';
comment on column trap.curve_point.separation_arcsec is 'Separation from the source at the time [arcsec]. {pos.angDistance}';
