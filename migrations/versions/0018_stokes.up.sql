-- Sources of either sign are looked for in Stokes Q, U and V. In the images that are there only positive ones were.
alter table trap_data.image add column signed boolean not null default false;
alter table trap_data.image alter column signed drop default;
comment on column trap_data.image.signed is 'Whether sources of either sign were looked for.';
comment on column trap_data.source_flux.snr_max is
'Largest S/N of a blind point, of its peak as fitted, in Q, U and V without the sign [1]; NULL if there is none.';
comment on column trap_data.source_flux.peak_max is 'Largest peak flux density, in Q, U and V of either sign, of the earliest such point [Jy/beam].';

-- What is brightest there is now what has the largest size, as if it had been kept so from the beginning.
with point as (
    select a.dataset_id, a.source_id, a.measurement_id
    from trap_data.association as a
    union all
    select a.dataset_id, y.source_id, a.measurement_id
    from trap_data.source_ancestry as y
    inner join trap_data.association as a on y.dataset_id = a.dataset_id and y.ancestor_id = a.source_id
    where a.known_image_id < y.until_image_id
),

summed as (
    select
        p.dataset_id, p.source_id, i.band_id, i.stokes,
        max(abs(coalesce(m.peak_flux_raw / m.local_rms, m.snr))::real) filter (where m.kind = 'blind') as snr_max,
        (array_agg(m.peak_flux order by abs(m.peak_flux) desc, m.measurement_id))[1] as peak_max,
        (array_agg(m.peak_flux_err order by abs(m.peak_flux) desc, m.measurement_id))[1] as peak_max_err,
        (array_agg(m.measurement_id order by abs(m.peak_flux) desc, m.measurement_id))[1] as max_measurement_id
    from point as p
    inner join trap_data.measurement as m on p.dataset_id = m.dataset_id and p.measurement_id = m.measurement_id
    inner join trap_data.image as i on m.image_id = i.image_id
    where i.stokes <> 'I' and m.usable
    group by p.dataset_id, p.source_id, i.band_id, i.stokes
)

update trap_data.source_flux as f
set
    snr_max = s.snr_max, peak_max = s.peak_max, peak_max_err = s.peak_max_err, max_measurement_id = s.max_measurement_id
from summed as s
where f.dataset_id = s.dataset_id and f.source_id = s.source_id and f.band_id = s.band_id and f.stokes = s.stokes;

-- Leakage of images of Q, U and V: how much of Stokes I they show, as a function of place.
create table trap_data.image_leakage (
    image_id bigint primary key references trap_data.image on delete cascade,
    total_image_id bigint not null,
    known_image_id bigint not null,
    n_sources integer not null check (n_sources >= 0),
    is_fitted boolean not null,
    coefficients double precision[] not null check (array_length(coefficients, 1) in (1, 3, 6)),
    covariance double precision[] not null,
    scatter double precision not null check (scatter >= 0 and scatter < 'infinity')
);
comment on table trap_data.image_leakage is 'How much of Stokes I an image of Q, U or V shows, as a function of place.';
comment on column trap_data.image_leakage.image_id is 'Image of Q, U or V.';
comment on column trap_data.image_leakage.total_image_id is 'Image of Stokes I beside it.';
comment on column trap_data.image_leakage.known_image_id is 'Last image of the time step.';
comment on column trap_data.image_leakage.n_sources is 'Bright sources that could tell it.';
comment on column trap_data.image_leakage.is_fitted is 'Whether they do; else they were too few, and the configuration of the data set says it.';
comment on column trap_data.image_leakage.coefficients is
'Coefficients of 1, l, m, l^2, l m and m^2, or of the first 1 or 3 of them, where l and m are direction cosines about the centre of the image [1].';
comment on column trap_data.image_leakage.covariance is 'Their covariance [1].';
comment on column trap_data.image_leakage.scatter is 'Scatter about it beyond the errors, 1 sigma [1].';

-- Data sets keep the configuration with which they were made, and runs tell of it.
update trap_data.dataset as d
set configuration = d.configuration || '{"polarisation": {"leakage": 0.02, "leakage_degree": 2, "leakage_snr_min": 20.0}}'
where d.configuration ? 'null_detection';
update trap_data.pipeline_run as r
set configuration = r.configuration || '{"polarisation": {"leakage": 0.02, "leakage_degree": 2, "leakage_snr_min": 20.0}}'
where r.configuration ? 'null_detection';
