-- Sources of a data set with their light curves, a row a source, in the order of their cells: all, or those that are named. Single
-- values are columns of trap.running_catalogue, arrays those of trap.lightcurve, a value a point, in the order of the measurements: that in
-- which the images were taken.
with curve as (
    select
        l.source_id,
        array_agg(l.measurement_id) as measurement_id,
        array_agg(l.image_id) as image_id,
        array_agg(l.taken_at) as taken_at,
        array_agg(l.freq_eff) as freq_eff,
        array_agg(l.band_id) as band_id,
        array_agg(l.stokes) as stokes,
        array_agg(l.kind) as kind,
        array_agg(l.association) as association,
        array_agg(l.inherited) as inherited,
        array_agg(l.backfilled) as backfilled,
        array_agg(l.ra) as ra,
        array_agg(l.dec) as dec,
        array_agg(l.peak_flux) as peak_flux,
        array_agg(l.peak_flux_err) as peak_flux_err,
        array_agg(l.int_flux) as int_flux,
        array_agg(l.int_flux_err) as int_flux_err,
        array_agg(l.snr) as snr,
        array_agg(l.local_rms) as local_rms,
        array_agg(l.usable) as usable,
        array_agg(l.flags) as flags,
        array_agg(l.siblings) as siblings,
        array_agg(l.de_ruiter_radius) as de_ruiter_radius,
        array_agg(l.separation_arcsec) as separation_arcsec
    from (
        select p.*
        from trap.lightcurve as p
        where
            p.dataset_id = %(dataset_id)s
            and (%(sources)s::bigint[] is null or p.source_id = any(%(sources)s::bigint[]))
        -- sorted once, not for each of the arrays
        order by p.source_id, p.measurement_id
    ) as l
    group by l.source_id
)

select
    trap.healpix_cell(29, s.ra, s.dec) as _healpix_29, s.source_id, s.name, s.ra, s.dec, s.ra_err, s.dec_err, s.n_blind, s.n_forced,
    s.first_seen, s.last_seen, s.monitored,
    c.measurement_id, c.image_id, c.taken_at, c.freq_eff, c.band_id, c.stokes, c.kind, c.association, c.inherited, c.backfilled,
    c.ra, c.dec, c.peak_flux, c.peak_flux_err, c.int_flux, c.int_flux_err, c.snr, c.local_rms, c.usable, c.flags, c.siblings,
    c.de_ruiter_radius, c.separation_arcsec
from trap.running_catalogue as s
left join curve as c on s.source_id = c.source_id
where
    s.dataset_id = %(dataset_id)s
    and (%(sources)s::bigint[] is null or s.source_id = any(%(sources)s::bigint[]))
order by 1, 2
