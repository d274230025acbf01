-- In differences of Stokes I, too, what is brightest is what has the largest size: what faded is negative there.
alter table trap_data.source_flux add column either_sign boolean not null default false;
update trap_data.source_flux as f set either_sign = true where f.stokes <> 'I';
comment on column trap_data.source_flux.either_sign is
'Whether the flux densities have either sign, so that their size counts: in Stokes Q, U and V, and in differences.';
comment on column trap_data.source_flux.snr_max is
'Largest S/N of a blind point, of its peak as fitted, where there is either sign without it [1]; NULL if there is none.';
comment on column trap_data.source_flux.peak_max is
'Largest peak flux density, where there is either sign by its size, of the earliest such point [Jy/beam].';

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
    where i.stokes = 'I' and i.signed and m.usable
    group by p.dataset_id, p.source_id, i.band_id, i.stokes
)

update trap_data.source_flux as f
set
    snr_max = s.snr_max, peak_max = s.peak_max, peak_max_err = s.peak_max_err, max_measurement_id = s.max_measurement_id,
    either_sign = true
from summed as s
where f.dataset_id = s.dataset_id and f.source_id = s.source_id and f.band_id = s.band_id and f.stokes = s.stokes;
alter table trap_data.source_flux alter column either_sign drop default;
