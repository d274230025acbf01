-- The points of a stretch of a light curve, as they were before they were packed, with what light curves show of their measurements and
-- images. How a measurement was made follows from how it came to its source.
-- reads: trap_data.curve_stretch (the row that it is given)
-- writes: nothing
create function trap.packed_point(p_stretch trap_data.curve_stretch)
returns table (
    measurement_id bigint, image_id bigint, taken_at timestamptz, freq_eff double precision, measured trap_data.measurement_kind,
    kind trap_data.association_kind, backfilled boolean, known_image_id bigint, de_ruiter_radius double precision,
    separation_arcsec double precision, ra double precision, "dec" double precision, peak_flux double precision,
    peak_flux_err real, int_flux double precision, int_flux_err real, local_rms real, snr real, usable boolean, flags integer,
    siblings integer
)
language sql immutable parallel safe
begin atomic
select
    u.id, trap.image_of(u.id), p_stretch.taken_at[u.n], coalesce(p_stretch.freq_eff[u.n], p_stretch.freq_eff[1]),
    case p_stretch.codes[u.n] & 15
        when 5 then 'null_detection'::trap_data.measurement_kind
        when 6 then 'monitored'::trap_data.measurement_kind
        else 'blind'::trap_data.measurement_kind
    end,
    case p_stretch.codes[u.n] & 15
        when 1 then 'new'::trap_data.association_kind
        when 2 then 'one_to_one'::trap_data.association_kind
        when 3 then 'many_to_one'::trap_data.association_kind
        when 4 then 'fork'::trap_data.association_kind
        when 5 then 'null_detection'::trap_data.association_kind
        when 6 then 'monitored'::trap_data.association_kind
    end,
    p_stretch.codes[u.n] & 32 <> 0, trap.image_of(u.id) + coalesce(p_stretch.known_after[u.n], p_stretch.known_after[1]),
    p_stretch.de_ruiter_radius[u.n], p_stretch.separation_arcsec[u.n], p_stretch.places[1][u.n], p_stretch.places[2][u.n],
    p_stretch.fluxes[1][u.n], p_stretch.flux_errors[1][u.n], p_stretch.fluxes[2][u.n], p_stretch.flux_errors[2][u.n],
    p_stretch.flux_errors[3][u.n],
    p_stretch.snr[u.n], p_stretch.codes[u.n] & 16 <> 0, coalesce(p_stretch.flags[u.n], p_stretch.flags[1]),
    coalesce(p_stretch.siblings[u.n], p_stretch.siblings[1])
from unnest(p_stretch.measurement_ids) with ordinality as u (id, n);
end;
comment on function trap.packed_point is
'The points of a stretch of a light curve, with what light curves show of their measurements and images; units as in trap.lightcurve.';
