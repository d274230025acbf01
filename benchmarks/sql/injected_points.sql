-- Injected sources with the points of the sources that they became.
select
    i.number,
    i.kind,
    i.peak_snr,
    j.parameters,
    j.beam_major_arcsec,
    m.taken_at,
    m.duration,
    m.freq_eff,
    l.kind = 'blind' as is_blind,
    l.peak_flux,
    l.peak_flux_err
from trap.injected_source as i
inner join trap.injection as j on i.dataset_id = j.dataset_id and i.number = j.number
inner join trap.lightcurve as l on i.dataset_id = l.dataset_id and i.source_id = l.source_id
inner join trap.image as m on l.dataset_id = m.dataset_id and l.image_id = m.image_id
where i.dataset = %(dataset)s
order by i.number, m.taken_at;
