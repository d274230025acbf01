-- What tells a transient from noise: monitored positions, limits at each place, more running sums, stored definitions.

-- the noise of an image, for the number of false detections to be expected in it
alter table trap_data.image
add column noise_correlation double precision check (noise_correlation > 0 and noise_correlation < 'infinity'),
add column searched_area double precision check (searched_area >= 0 and searched_area < 'infinity');
comment on column trap_data.image.noise_correlation is
'FWHM of the autocorrelation of the noise in units of the beam''s FWHM, geometric means of the axes [1]; NULL unknown.';
comment on column trap_data.image.searched_area is 'Area of the valid pixels within the footprint [deg^2]; NULL unknown.';

alter table trap_data.measurement
add column peak_flux_raw real check (peak_flux_raw > '-infinity' and peak_flux_raw < 'infinity'),
add column deconvolved_major_err real check (deconvolved_major_err >= 0 and deconvolved_major_err < 'infinity'),
add column deconvolved_minor_err real check (deconvolved_minor_err >= 0 and deconvolved_minor_err < 'infinity'),
add column deconvolved_pa_err real check (deconvolved_pa_err >= 0 and deconvolved_pa_err < 'infinity');
comment on column trap_data.measurement.peak_flux_raw is
'Peak flux density as fitted, before the known bias of a fitted peak was taken off [Jy/beam].';
comment on column trap_data.measurement.snr is 'Peak, its known bias taken off, over the local noise [1].';
comment on column trap_data.measurement.deconvolved_major_err is 'Error of the deconvolved major axis, 1 sigma [deg].';
comment on column trap_data.measurement.deconvolved_minor_err is 'Error of the deconvolved minor axis, 1 sigma [deg].';
comment on column trap_data.measurement.deconvolved_pa_err is 'Error of the deconvolved position angle, 1 sigma [deg].';


-- a monitored position is a source without a position error, and without a blind measurement
alter table trap_data.source
alter column ra_err drop not null,
alter column dec_err drop not null,
alter column first_seen drop not null,
alter column last_seen drop not null,
alter column last_blind_image_id drop not null,
add column shape_weight double precision not null default 0,
add column shape_ll double precision not null default 0,
add column shape_lm double precision not null default 0,
add column shape_mm double precision not null default 0,
add constraint source_without_errors check (monitored or num_nulls(ra_err, dec_err, first_seen, last_seen, last_blind_image_id) = 0),
add constraint source_monitored check (monitored = (((source_id >> 20) & 16777215) = 0));
comment on column trap_data.source.source_id is
'The id of its founding measurement; of a monitored position dataset_id * 2^44 + its number: the image number is 0.';
comment on column trap_data.source.name is
'Name after the position at discovery, Jhhmmss.s+ddmmss; of a monitored position the one that the user gave.';
comment on column trap_data.source.ra_err is
'Error of the weighted mean to the east on the sky, 1 sigma [deg]; NULL for a monitored position.';
comment on column trap_data.source.dec_err is
'Error of the weighted mean to the north, 1 sigma [deg]; NULL for a monitored position.';
comment on column trap_data.source.first_seen is 'Time of the first blind measurement; NULL for a monitored position.';
comment on column trap_data.source.last_seen is 'Time of the last blind measurement; NULL for a monitored position.';
comment on column trap_data.source.last_blind_image_id is 'Image of the last blind measurement; NULL for a monitored position.';
comment on column trap_data.source.shape_weight is 'Sum of the squared S/N of the blind measurements whose shape is known [1].';
comment on column trap_data.source.shape_ll is
'Weighted mean of the second moment along east, fitted less beam, as FWHM squared; negative where noise made it smaller [deg^2].';
comment on column trap_data.source.shape_lm is 'Weighted mean of the mixed second moment, fitted less beam [deg^2].';
comment on column trap_data.source.shape_mm is 'Weighted mean of the second moment along north, fitted less beam [deg^2].';


alter table trap_data.source_flux
add column n_blind integer not null default 0,
add column snr_max real,
add column int_variance_sum double precision not null default 0,
add column peak_variance_sum double precision not null default 0,
add column peak_max double precision not null default '-infinity',
add column peak_max_err double precision not null default 1,
add column max_measurement_id bigint not null default 0,
add column time_mean double precision not null default 0,
add column time_m2 double precision not null default 0,
add column time_peak double precision not null default 0;
comment on column trap_data.source_flux.n_blind is 'Usable blind points.';
comment on column trap_data.source_flux.snr_max is 'Largest S/N of a blind point, of its peak as fitted [1]; NULL if there is none.';
comment on column trap_data.source_flux.int_variance_sum is 'Sum of the squared errors of the integrated flux densities [Jy^2].';
comment on column trap_data.source_flux.peak_variance_sum is 'Sum of the squared errors of the peak flux densities [(Jy/beam)^2].';
comment on column trap_data.source_flux.peak_max is 'Largest peak flux density, of the earliest such point [Jy/beam].';
comment on column trap_data.source_flux.peak_max_err is 'Its error, 1 sigma [Jy/beam].';
comment on column trap_data.source_flux.max_measurement_id is 'Its measurement.';
comment on column trap_data.source_flux.time_mean is 'Mean time, weighted as the peak flux densities, since 2000-01-01 UTC [d].';
comment on column trap_data.source_flux.time_m2 is 'Weighted sum of squared differences from that time [d^2 (Jy/beam)^-2].';
comment on column trap_data.source_flux.time_peak is
'Weighted sum of the products of the differences of time and peak flux density from their means [d (Jy/beam)^-1].';


alter table trap_data.new_source
add column peak_flux_err double precision,
add column local_limit double precision,
add column covering_images integer,
add column edge_distance double precision,
add column before_n integer not null default 0,
add column before_weight double precision not null default 0,
add column before_flux double precision;
comment on column trap_data.new_source.peak_flux_err is 'Its error, 1 sigma [Jy/beam].';
comment on column trap_data.new_source.local_limit is
'Deepest earlier detection limit at the very place: threshold times local noise, from the noise maps [Jy/beam]; NULL unknown.';
comment on column trap_data.new_source.covering_images is
'Earlier accepted images of the same band and Stokes parameter whose footprint covers the place.';
comment on column trap_data.new_source.edge_distance is 'Distance from the edge of the image''s footprint [deg].';
comment on column trap_data.new_source.before_n is
'Usable points in the band from before the discovery, measured afterwards (back-filled).';
comment on column trap_data.new_source.before_weight is 'Sum of their weights 1 / error^2 [(Jy/beam)^-2].';
comment on column trap_data.new_source.before_flux is 'Their weighted mean peak flux density [Jy/beam]; NULL without any.';


-- one row for each distinct grid of noise maps in a sky region: a telescope that stares has one
create table trap_data.sky_region_noise (
    sky_region_id bigint not null,
    band_id bigint not null,
    stokes trap_data.stokes_parameter not null,
    detection_threshold double precision not null,
    grid_image_id bigint not null,
    rms_min real[] not null check (array_ndims(rms_min) = 2),
    image_count integer not null,
    primary key (sky_region_id, band_id, stokes, detection_threshold, grid_image_id)
);
comment on table trap_data.sky_region_noise is
'The smallest noise so far at each place of a sky region: the element-wise minimum of the noise maps of its images in one band, '
'Stokes parameter and detection threshold that share a grid. Holds closed time steps only.';
comment on column trap_data.sky_region_noise.sky_region_id is 'Sky region.';
comment on column trap_data.sky_region_noise.band_id is 'Band.';
comment on column trap_data.sky_region_noise.stokes is 'Stokes parameter.';
comment on column trap_data.sky_region_noise.detection_threshold is 'Detection threshold of the images [1].';
comment on column trap_data.sky_region_noise.grid_image_id is 'First image with this grid: its noise map has the grid''s place and steps.';
comment on column trap_data.sky_region_noise.rms_min is 'Smallest noise of each element, by m, then l [Jy/beam]; NULL where never known.';
comment on column trap_data.sky_region_noise.image_count is 'Images so far.';


alter table trap_data.dataset add column monitor_count integer not null default 0;
comment on column trap_data.dataset.monitor_count is 'Monitored positions so far; the next source_id of one follows from it.';

create table trap_data.monitor_position (
    source_id bigint primary key,
    dataset_id integer not null references trap_data.dataset on delete cascade,
    name text not null check (name <> ''),
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    pm_ra_mas_yr double precision not null check (pm_ra_mas_yr > '-infinity' and pm_ra_mas_yr < 'infinity'),
    pm_dec_mas_yr double precision not null check (pm_dec_mas_yr > '-infinity' and pm_dec_mas_yr < 'infinity'),
    epoch timestamptz,
    active_from timestamptz,
    active_until timestamptz,
    added_at timestamptz not null default now(),
    unique (dataset_id, name),
    check (source_id >> 44 = dataset_id and ((source_id >> 20) & 16777215) = 0),
    check (epoch is not null or (pm_ra_mas_yr = 0 and pm_dec_mas_yr = 0)),
    check (active_from <= active_until)
);
comment on table trap_data.monitor_position is
'A position that a user asked to have measured in every image that covers it. It has a source row of its own.';
comment on column trap_data.monitor_position.source_id is 'Its source.';
comment on column trap_data.monitor_position.dataset_id is 'Data set.';
comment on column trap_data.monitor_position.name is 'Name given by the user, unique in the data set.';
comment on column trap_data.monitor_position.ra is 'Right ascension at the epoch [deg].';
comment on column trap_data.monitor_position.dec is 'Declination at the epoch [deg].';
comment on column trap_data.monitor_position.pm_ra_mas_yr is 'Proper motion to the east on the sky, cos dec included [mas/yr].';
comment on column trap_data.monitor_position.pm_dec_mas_yr is 'Proper motion to the north [mas/yr].';
comment on column trap_data.monitor_position.epoch is 'Epoch of the position; NULL for one that does not move.';
comment on column trap_data.monitor_position.active_from is 'Measured in images from this time on; NULL: in all.';
comment on column trap_data.monitor_position.active_until is 'Measured in images up to this time; NULL: until it is ended.';
comment on column trap_data.monitor_position.added_at is 'When it was added.';

create table trap_data.monitor_ephemeris (
    source_id bigint not null references trap_data.monitor_position on delete cascade,
    taken_at timestamptz not null,
    ra trap_data.right_ascension not null,
    dec trap_data.declination not null,
    primary key (source_id, taken_at)
);
comment on table trap_data.monitor_ephemeris is
'Where a monitored target that moves across the sky is at which time; between two times it moves along the great circle. '
'Where there is one, it holds instead of position and proper motion, and outside its times the target is not measured.';
comment on column trap_data.monitor_ephemeris.source_id is 'The monitored position.';
comment on column trap_data.monitor_ephemeris.taken_at is 'Time.';
comment on column trap_data.monitor_ephemeris.ra is 'Right ascension [deg].';
comment on column trap_data.monitor_ephemeris.dec is 'Declination [deg].';


create table trap_data.transient_definition (
    name text primary key check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    description text not null,
    owner text not null,
    stored_at timestamptz not null default now()
);
comment on table trap_data.transient_definition is 'A named set of conditions that make a source a transient, evaluated when asked.';
comment on column trap_data.transient_definition.name is 'Name: lower-case letters, digits and underscores.';
comment on column trap_data.transient_definition.description is 'What it is for.';
comment on column trap_data.transient_definition.owner is 'User who stored it, who alone may replace or delete it.';
comment on column trap_data.transient_definition.stored_at is 'When it was stored.';

create table trap_data.transient_condition (
    definition_name text not null references trap_data.transient_definition on delete cascade,
    number integer not null,
    column_name text not null,
    comparison text not null check (comparison in ('>=', '>', '<=', '<', '=')),
    value double precision not null check (value > '-infinity' and value < 'infinity'),
    primary key (definition_name, number)
);
comment on table trap_data.transient_condition is 'The conditions of a definition; all of them have to hold.';
comment on column trap_data.transient_condition.definition_name is 'Definition.';
comment on column trap_data.transient_condition.number is 'Number of the condition in its definition, from 1.';
comment on column trap_data.transient_condition.column_name is 'Figure that is compared, one of trap.definition_column.';
comment on column trap_data.transient_condition.comparison is '>=, >, <=, < or =.';
comment on column trap_data.transient_condition.value is 'What it is compared with, in the unit of the column [as the column].';


-- a data set keeps the configuration with which it began: nothing was back-filled in those that are there
update trap_data.dataset as d
set configuration = jsonb_set(d.configuration, '{null_detection,backfill}', '0')
where d.configuration ? 'null_detection';


-- What the new columns hold of the rows that are there, as if they had been kept from the beginning.

with point as (
    select a.dataset_id, a.source_id, a.measurement_id
    from trap_data.association as a
    union all
    select a.dataset_id, y.source_id, a.measurement_id
    from trap_data.source_ancestry as y
    inner join trap_data.association as a on y.dataset_id = a.dataset_id and y.ancestor_id = a.source_id
    where a.known_image_id < y.until_image_id
),

measured as (
    select
        p.dataset_id, p.source_id, i.band_id, i.stokes, m.measurement_id, m.kind = 'blind' as is_blind, m.snr,
        m.int_flux_err, m.peak_flux, m.peak_flux_err, 1 / (m.peak_flux_err * m.peak_flux_err) as weight,
        extract(epoch from i.taken_at - timestamptz '2000-01-01 00:00:00+00')::double precision / 86400 as taken
    from point as p
    inner join trap_data.measurement as m on p.dataset_id = m.dataset_id and p.measurement_id = m.measurement_id
    inner join trap_data.image as i on m.image_id = i.image_id
    where m.usable
),

centred as (
    select
        m.*,
        sum(m.weight * m.taken) over curve / sum(m.weight) over curve as time_mean,
        sum(m.weight * m.peak_flux) over curve / sum(m.weight) over curve as peak_mean
    from measured as m
    window curve as (partition by m.dataset_id, m.source_id, m.band_id, m.stokes)
),

summed as (
    select
        c.dataset_id, c.source_id, c.band_id, c.stokes,
        (count(*) filter (where c.is_blind))::integer as n_blind, max(c.snr) filter (where c.is_blind) as snr_max,
        sum(c.int_flux_err * c.int_flux_err) as int_variance_sum, sum(c.peak_flux_err * c.peak_flux_err) as peak_variance_sum,
        max(c.peak_flux) as peak_max,
        (array_agg(c.peak_flux_err order by c.peak_flux desc, c.measurement_id))[1] as peak_max_err,
        (array_agg(c.measurement_id order by c.peak_flux desc, c.measurement_id))[1] as max_measurement_id,
        min(c.time_mean) as time_mean, sum(c.weight * power(c.taken - c.time_mean, 2)) as time_m2,
        sum(c.weight * (c.taken - c.time_mean) * (c.peak_flux - c.peak_mean)) as time_peak
    from centred as c
    group by c.dataset_id, c.source_id, c.band_id, c.stokes
)

update trap_data.source_flux as f
set
    n_blind = s.n_blind, snr_max = s.snr_max, int_variance_sum = s.int_variance_sum, peak_variance_sum = s.peak_variance_sum,
    peak_max = s.peak_max, peak_max_err = s.peak_max_err, max_measurement_id = s.max_measurement_id,
    time_mean = s.time_mean, time_m2 = s.time_m2, time_peak = s.time_peak
from summed as s
where f.dataset_id = s.dataset_id and f.source_id = s.source_id and f.band_id = s.band_id and f.stokes = s.stokes;

with point as (
    select a.dataset_id, a.source_id, a.measurement_id
    from trap_data.association as a
    union all
    select a.dataset_id, y.source_id, a.measurement_id
    from trap_data.source_ancestry as y
    inner join trap_data.association as a on y.dataset_id = a.dataset_id and y.ancestor_id = a.source_id
    where a.known_image_id < y.until_image_id
),

shape as (
    select
        p.dataset_id, p.source_id, power(m.snr, 2) as weight,
        m.major * sin(radians(m.pa)) as major_east, m.major * cos(radians(m.pa)) as major_north,
        m.minor * cos(radians(m.pa)) as minor_east, m.minor * sin(radians(m.pa)) as minor_north,
        i.beam_major * sin(radians(i.beam_pa)) as beam_major_east, i.beam_major * cos(radians(i.beam_pa)) as beam_major_north,
        i.beam_minor * cos(radians(i.beam_pa)) as beam_minor_east, i.beam_minor * sin(radians(i.beam_pa)) as beam_minor_north
    from point as p
    inner join trap_data.measurement as m on p.dataset_id = m.dataset_id and p.measurement_id = m.measurement_id
    inner join trap_data.image as i on m.image_id = i.image_id
    where m.kind = 'blind' and m.snr <> 0 and num_nulls(m.major, m.minor, m.pa, i.beam_minor, i.beam_pa) = 0
),

summed as (
    select
        h.dataset_id, h.source_id, sum(h.weight) as weight,
        sum(h.weight * (
            h.major_east * h.major_east + h.minor_east * h.minor_east
            - h.beam_major_east * h.beam_major_east - h.beam_minor_east * h.beam_minor_east
        )) as ll,
        sum(h.weight * (
            h.major_east * h.major_north - h.minor_east * h.minor_north
            - h.beam_major_east * h.beam_major_north + h.beam_minor_east * h.beam_minor_north
        )) as lm,
        sum(h.weight * (
            h.major_north * h.major_north + h.minor_north * h.minor_north
            - h.beam_major_north * h.beam_major_north - h.beam_minor_north * h.beam_minor_north
        )) as mm
    from shape as h
    group by h.dataset_id, h.source_id
)

update trap_data.source as s
set shape_weight = h.weight, shape_ll = h.ll / h.weight, shape_lm = h.lm / h.weight, shape_mm = h.mm / h.weight
from summed as h
where s.dataset_id = h.dataset_id and s.source_id = h.source_id;

-- only grids that are the very same share a row here
with grid as (
    select
        i.image_id, i.sky_region_id, i.band_id, i.stokes, i.detection_threshold, n.rms,
        min(i.image_id) over (
            partition by
                i.sky_region_id, i.band_id, i.stokes, i.detection_threshold, i.ra, i.dec, n.l0, n.m0, n.dl, n.dm, array_dims(n.rms)
        ) as grid_image_id
    from trap_data.image as i
    inner join trap_data.image_noise as n on i.image_id = n.image_id
    where i.status = 'accepted'
),

element as (
    select
        g.sky_region_id, g.band_id, g.stokes, g.detection_threshold, g.grid_image_id,
        (e.number - 1) / array_length(g.rms, 2) as row_number, (e.number - 1) % array_length(g.rms, 2) as column_number,
        min(e.rms) as rms
    from grid as g
    cross join lateral unnest(g.rms) with ordinality as e (rms, number)
    group by g.sky_region_id, g.band_id, g.stokes, g.detection_threshold, g.grid_image_id, row_number, column_number
),

line as (
    select
        e.sky_region_id, e.band_id, e.stokes, e.detection_threshold, e.grid_image_id, e.row_number,
        array_agg(e.rms order by e.column_number) as rms
    from element as e
    group by e.sky_region_id, e.band_id, e.stokes, e.detection_threshold, e.grid_image_id, e.row_number
)

insert into trap_data.sky_region_noise (sky_region_id, band_id, stokes, detection_threshold, grid_image_id, rms_min, image_count)
select
    e.sky_region_id, e.band_id, e.stokes, e.detection_threshold, e.grid_image_id, array_agg(e.rms order by e.row_number),
    (select count(*) from grid as g where g.sky_region_id = e.sky_region_id and g.grid_image_id = e.grid_image_id)
from line as e
group by e.sky_region_id, e.band_id, e.stokes, e.detection_threshold, e.grid_image_id;

-- new sources: here each earlier image is asked on its own
with place as (
    select
        n.source_id, n.dataset_id, m.ra, m.dec, m.peak_flux_err, i.taken_at, i.band_id, i.stokes, i.sky_region_id,
        spoint(radians(m.ra), radians(m.dec)) as pos
    from trap_data.new_source as n
    inner join trap_data.measurement as m on n.dataset_id = m.dataset_id and n.source_id = m.measurement_id
    inner join trap_data.image as i on m.image_id = i.image_id
),

earlier as (
    select
        p.source_id, e.image_id, e.detection_threshold, w.rms,
        (cos(radians(p.dec)) * sin(radians(p.ra - e.ra)) - w.l0) / w.dl as column_0,
        (
            sin(radians(p.dec - e.dec)) + 2 * cos(radians(p.dec)) * sin(radians(e.dec)) * power(sin(radians(p.ra - e.ra) / 2), 2)
            - w.m0
        ) / w.dm as row_0
    from place as p
    inner join trap_data.sky_region as r on p.dataset_id = r.dataset_id and r.circle @> p.pos
    inner join trap_data.image as e
        on r.sky_region_id = e.sky_region_id and p.dataset_id = e.dataset_id and p.band_id = e.band_id and p.stokes = e.stokes
        and e.taken_at < p.taken_at
    left join trap_data.image_noise as w
        on e.image_id = w.image_id and (p.pos <-> spoint(radians(e.ra), radians(e.dec))) < radians(90)
    where
        e.status = 'accepted'
        and (
            r.sky_region_id = p.sky_region_id
            or (
                (p.pos <-> spoint(radians(r.ra), radians(r.dec))) < radians(r.radius)
                and (r.polygon is null or p.pos <@ r.polygon)
            )
        )
),

around as (
    select
        e.source_id, e.detection_threshold, e.column_0 - floor(e.column_0) as u, e.row_0 - floor(e.row_0) as v,
        1 + ceil(e.column_0)::integer - floor(e.column_0)::integer as columns,
        1 + ceil(e.row_0)::integer - floor(e.row_0)::integer as rows,
        e.rms[
            floor(e.row_0)::integer + 1:ceil(e.row_0)::integer + 1
        ][
            floor(e.column_0)::integer + 1:ceil(e.column_0)::integer + 1
        ] as rms
    from earlier as e
),

limited as (
    select
        a.source_id, count(*)::integer as covering_images,
        min(a.detection_threshold * (
            (1 - a.u) * (1 - a.v) * a.rms[1][1] + a.u * (1 - a.v) * a.rms[1][a.columns]
            + (1 - a.u) * a.v * a.rms[a.rows][1] + a.u * a.v * a.rms[a.rows][a.columns]
        )) as local_limit
    from around as a
    group by a.source_id
),

-- the sides of a polygon are great circles between its corners: a, b; p is the place
side as (
    select
        p.source_id, p.pos, spoint(radians(c.ra_1), radians(c.dec_1)) as pos_1, spoint(radians(c.ra_2), radians(c.dec_2)) as pos_2
    from place as p
    inner join trap_data.sky_region as r on p.dataset_id = r.dataset_id and p.sky_region_id = r.sky_region_id
    cross join lateral (
        select
            r.vertex_ra[corner] as ra_1, r.vertex_dec[corner] as dec_1,
            r.vertex_ra[corner % cardinality(r.vertex_ra) + 1] as ra_2, r.vertex_dec[corner % cardinality(r.vertex_ra) + 1] as dec_2
        from generate_subscripts(r.vertex_ra, 1) as corner
    ) as c
),

product as (
    select
        s.source_id, s.pos <-> s.pos_1 as to_1, s.pos <-> s.pos_2 as to_2,
        x(s.pos) * x(s.pos_1) + y(s.pos) * y(s.pos_1) + z(s.pos) * z(s.pos_1) as pa,
        x(s.pos) * x(s.pos_2) + y(s.pos) * y(s.pos_2) + z(s.pos) * z(s.pos_2) as pb,
        x(s.pos_1) * x(s.pos_2) + y(s.pos_1) * y(s.pos_2) + z(s.pos_1) * z(s.pos_2) as ab,
        y(s.pos_1) * z(s.pos_2) - z(s.pos_1) * y(s.pos_2) as nx,
        z(s.pos_1) * x(s.pos_2) - x(s.pos_1) * z(s.pos_2) as ny,
        x(s.pos_1) * y(s.pos_2) - y(s.pos_1) * x(s.pos_2) as nz,
        x(s.pos) as px, y(s.pos) as py, z(s.pos) as pz
    from side as s
),

edge as (
    select
        p.source_id,
        degrees(min(case
            when p.pb >= p.pa * p.ab and p.pa >= p.pb * p.ab and p.nx * p.nx + p.ny * p.ny + p.nz * p.nz > 0
                then asin(least(1, abs(p.px * p.nx + p.py * p.ny + p.pz * p.nz) / sqrt(p.nx * p.nx + p.ny * p.ny + p.nz * p.nz)))
            else least(p.to_1, p.to_2)
        end)) as distance
    from product as p
    group by p.source_id
    union all
    select p.source_id, abs(r.radius - degrees(p.pos <-> spoint(radians(r.ra), radians(r.dec))))
    from place as p
    inner join trap_data.sky_region as r on p.dataset_id = r.dataset_id and p.sky_region_id = r.sky_region_id
    where r.polygon is null
)

update trap_data.new_source as n
set
    peak_flux_err = p.peak_flux_err, local_limit = l.local_limit, covering_images = l.covering_images, edge_distance = e.distance
from place as p
left join limited as l on p.source_id = l.source_id
left join edge as e on p.source_id = e.source_id
where n.source_id = p.source_id;
