-- One measurement of each source in each further image: its first flux and new noise, one in fifty with a variability of its own,
-- half of them forced. Gaussian deviates after Box & Muller.
insert into trap_data.measurement (
    dataset_id, measurement_id, kind, forced_for, ra, dec, ra_err, dec_err, peak_flux, peak_flux_err,
    int_flux, int_flux_err, snr, local_rms, flags, usable
)
select
    m.dataset_id, trap.measurement_id(i.image_id, trap.row_of(m.measurement_id)),
    case when drawn.is_blind then 'blind' else 'null_detection' end::trap_data.measurement_kind,
    case when drawn.is_blind then null else m.measurement_id end,
    m.ra, m.dec, m.ra_err, m.dec_err, drawn.flux, m.peak_flux_err, drawn.flux, m.int_flux_err, drawn.flux / m.peak_flux_err,
    m.peak_flux_err, 0, true
from trap_data.measurement as m
inner join trap_data.image as i on i.dataset_id = %(dataset_id)s and i.image_id > trap.image_of(m.measurement_id)
cross join lateral (
    select
        random() < 0.5 as is_blind,
        m.peak_flux + sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) * m.peak_flux_err
        * case when m.measurement_id %% 50 = 0 then 3 else 1 end as flux
    -- drawn anew for each row, and once
    where m.measurement_id + i.image_id > 0
    offset 0
) as drawn
where m.dataset_id = %(dataset_id)s;
