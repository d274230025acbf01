-- How far the blind measurements of each image lie from the catalogue: a shift of all is an error of the image's astrometry. Sources
-- with a single measurement, which lie where they were measured, take no part. Reads the light curves of the data set whole.
-- An image that lies off by a beam or more meets none of its sources: all are taken for new ones beside the old. There every pair of a
-- measurement and an older source within five beams is a vote for an offset, and the one that more than half of the measurements share,
-- to within three quarters of a beam, is the image's.
-- reads: trap.curve_point, trap_data.measurement, trap_data.source, trap_data.image, trap_data.dataset
create view trap.image_offset as
with kin as not materialized (
    select m.dataset_id, trap.image_of(m.measurement_id) as image_id, false as displaced, o.east * 3600 as east, o.north * 3600 as north
    from trap.curve_point as a
    inner join trap_data.measurement as m on a.dataset_id = m.dataset_id and a.measurement_id = m.measurement_id
    inner join trap_data.source as s on a.dataset_id = s.dataset_id and a.source_id = s.source_id
    cross join lateral trap.tangent_offset(s.ra, s.dec, m.ra, m.dec) as o
    where not a.inherited and m.kind = 'blind' and m.usable and s.n_blind > 1
),

doubled as not materialized (
    select m.dataset_id, trap.image_of(m.measurement_id) as image_id, i.beam_major, count(*) as n
    from trap.curve_point as a
    inner join trap_data.measurement as m on a.dataset_id = m.dataset_id and a.measurement_id = m.measurement_id
    inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
    where not a.inherited and m.kind = 'blind' and m.usable
    group by m.dataset_id, trap.image_of(m.measurement_id), i.beam_major
    having count(*) filter (where a.kind = 'new') > 0.5 * count(*)
),

vote as not materialized (
    select
        b.dataset_id, b.image_id, b.n, o.east * 3600 as east, o.north * 3600 as north,
        round(2 * o.east / b.beam_major) as cell_east, round(2 * o.north / b.beam_major) as cell_north
    from doubled as b
    inner join trap_data.measurement as m
        on b.dataset_id = m.dataset_id and b.image_id = trap.image_of(m.measurement_id) and m.kind = 'blind' and m.usable
    inner join trap_data.source as s
        on b.dataset_id = s.dataset_id
        and s.pos <@ scircle(spoint(radians(m.ra), radians(m.dec)), radians(5 * b.beam_major))
        and trap.image_of(s.source_id) < b.image_id and not s.monitored
    cross join lateral trap.tangent_offset(s.ra, s.dec, m.ra, m.dec) as o
),

-- each vote counts for its cell of half a beam and for those around
elected as not materialized (
    select distinct on (c.dataset_id, c.image_id) c.dataset_id, c.image_id, c.cell_east, c.cell_north
    from (
        select
            v.dataset_id, v.image_id, v.n, v.cell_east + e.step as cell_east, v.cell_north + f.step as cell_north, count(*) as votes
        from vote as v
        cross join generate_series(-1, 1) as e (step)
        cross join generate_series(-1, 1) as f (step)
        group by 1, 2, 3, 4, 5
    ) as c
    where c.votes > 0.5 * c.n and c.votes >= 3
    order by c.dataset_id, c.image_id, c.votes desc, abs(c.cell_east) + abs(c.cell_north)
),

away as not materialized (
    select k.dataset_id, k.image_id, k.displaced, k.east, k.north
    from kin as k
    where not exists (select from elected as e where k.dataset_id = e.dataset_id and k.image_id = e.image_id)
    union all
    select v.dataset_id, v.image_id, true as displaced, v.east, v.north
    from vote as v
    inner join elected as e
        on v.dataset_id = e.dataset_id and v.image_id = e.image_id
        and abs(v.cell_east - e.cell_east) <= 1 and abs(v.cell_north - e.cell_north) <= 1
),

middle as (
    select
        w.dataset_id, w.image_id, w.displaced, count(*) as n,
        -- in an order that is not the plan's, so that a mean has the same bits each time
        avg(w.east order by w.east) as mean_east, avg(w.north order by w.north) as mean_north,
        percentile_cont(0.5) within group (order by w.east) as median_east,
        percentile_cont(0.5) within group (order by w.north) as median_north,
        percentile_cont(array[0.25::double precision, 0.75::double precision]) within group (order by w.east) as quartiles_east,
        percentile_cont(array[0.25::double precision, 0.75::double precision]) within group (order by w.north) as quartiles_north
    from away as w
    group by w.dataset_id, w.image_id, w.displaced
)

select
    d.name as dataset, k.dataset_id, k.image_id, k.n,
    k.mean_east as mean_east_arcsec, k.mean_north as mean_north_arcsec,
    k.median_east as median_east_arcsec, k.median_north as median_north_arcsec,
    -- the quartiles of a normal distribution are 1.349 standard deviations apart
    (k.quartiles_east[2] - k.quartiles_east[1]) / 1.349 as scatter_east_arcsec,
    (k.quartiles_north[2] - k.quartiles_north[1]) / 1.349 as scatter_north_arcsec,
    k.displaced
from middle as k
inner join trap_data.dataset as d on k.dataset_id = d.dataset_id;
comment on view trap.image_offset is
'Offsets of the blind measurements of each image from the mean positions of their sources, which were found more than once.';
comment on column trap.image_offset.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.image_offset.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.image_offset.image_id is 'Image. {meta.id;obs.image;meta.main principal indexed}';
comment on column trap.image_offset.n is 'Measurements. {meta.number;src principal}';
comment on column trap.image_offset.mean_east_arcsec is 'Mean offset to the east [arcsec]. {pos.eq.ra;arith.diff;stat.mean}';
comment on column trap.image_offset.mean_north_arcsec is 'Mean offset to the north [arcsec]. {pos.eq.dec;arith.diff;stat.mean}';
comment on column trap.image_offset.median_east_arcsec is
'Median offset to the east [arcsec]. {pos.eq.ra;arith.diff;stat.median principal}';
comment on column trap.image_offset.median_north_arcsec is
'Median offset to the north [arcsec]. {pos.eq.dec;arith.diff;stat.median principal}';
comment on column trap.image_offset.scatter_east_arcsec is
'Scatter of the offsets to the east: distance of the quartiles as that of a normal distribution, 1 sigma [arcsec]. '
'{stat.stdev;pos.eq.ra;arith.diff}';
comment on column trap.image_offset.scatter_north_arcsec is 'The same to the north [arcsec]. {stat.stdev;pos.eq.dec;arith.diff}';
comment on column trap.image_offset.displaced is
'Whether the image lies so far off that most of its sources were taken for new ones; then the offset is that from the older sources. '
'{meta.code.qual principal}';
