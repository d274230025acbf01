-- the latest points, in the order of time
select *
from (
    select
        c.measurement_id, c.image_id, c.taken_at, c.band_id, c.stokes, c.freq_eff, c.kind, c.association, c.inherited, c.backfilled,
        c.peak_flux, c.peak_flux_err, c.int_flux, c.int_flux_err, c.snr, c.usable, c.flags, c.siblings, c.de_ruiter_radius,
        c.separation_arcsec
    from trap.lightcurve as c
    where c.dataset_id = trap.dataset_of_source(%(source_id)s) and c.source_id = %(source_id)s
    order by c.taken_at desc, c.freq_eff desc, c.stokes desc, c.measurement_id desc
    limit %(most)s
) as latest
order by taken_at, freq_eff, stokes, measurement_id;
