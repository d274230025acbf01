-- The transients and variables of a data set, as defined by the thresholds given: sources whose integrated or peak flux varies
-- significantly in some band, or has one point that stands out, and sources that are new although an earlier image should have shown
-- them. One row a source, in the band that decided. The peak of a faint point tells more than its integrated flux, since its error is
-- smaller; the point that stands out tells more than the scatter of many of which one is bright. Where the integrated flux alone varies,
-- it is the fitted shape of a faint extended source that does: the peak has to agree by half of the significance. A source is new by what
-- was measured at its place before it was found or, where nothing was, by what an earlier image should have shown there.
-- siblings counts the other measurements in the image of its discovery that share its island or lie within a beam: above 0 the
-- source may be one component of a source that was split.
-- reads: trap.variability, trap.new_source, trap.running_catalogue, trap.measurement, trap.dataset
-- writes: nothing
create function trap.transient(
    p_dataset text,
    p_significance_min double precision default 5,
    p_eta_min double precision default 0,
    p_v_min double precision default 0.05,
    p_margin double precision default 3
) returns table (
    dataset text, source_id bigint, name text, ra double precision, "dec" double precision, reason text,
    band_id bigint, stokes text, n integer, int_flux_mean double precision, v_int double precision, eta_int double precision,
    eta_int_significance double precision, margin_worst double precision, first_seen timestamptz, last_seen timestamptz,
    siblings integer, v_peak double precision, eta_peak double precision, eta_peak_significance double precision,
    max_significance double precision, margin_local double precision, before_significance double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    return query
    select
        p_dataset, s.source_id, s.name, s.ra, s.dec,
        case when decided.is_variable then 'variable' else 'new' end
        || case when decided.is_variable and decided.is_new then ', new' else '' end,
        decided.band_id, decided.stokes, decided.n, decided.int_flux_mean, decided.v_int, decided.eta_int,
        decided.eta_int_significance, decided.margin_worst, s.first_seen, s.last_seen,
        founding.siblings, decided.v_peak, decided.eta_peak, decided.eta_peak_significance,
        decided.max_significance, decided.margin_local, decided.before_significance
    from (
        -- what holds in one band holds of the source: points from before the discovery may tell more in another one
        select distinct on (v.source_id)
            v.*, judged.significance,
            max(n.margin_worst) over (partition by v.source_id) as margin_worst,
            max(n.margin_local) over (partition by v.source_id) as margin_local,
            max(n.before_significance) over (partition by v.source_id) as before_significance,
            bool_or(judged.is_variable) over (partition by v.source_id) as is_variable,
            bool_or(judged.is_new) over (partition by v.source_id) as is_new
        from trap.variability as v
        left join trap.new_source as n
            on n.dataset_id = v_dataset_id and v.source_id = n.source_id and v.band_id = n.band_id and v.stokes = n.stokes
        cross join lateral (
            select
                coalesce(
                    (
                        v.eta_int_significance >= p_significance_min and v.eta_int >= p_eta_min and abs(v.v_int) >= p_v_min
                        and v.eta_peak_significance >= p_significance_min / 2
                    )
                    or (
                        greatest(v.eta_peak_significance, v.max_significance) >= p_significance_min
                        and v.eta_peak >= p_eta_min and abs(v.v_peak) >= p_v_min
                    ),
                    false
                ) as is_variable,
                coalesce(n.local_limit, n.limiting_rms_max * n.detection_threshold) as limit_before
        ) as test
        cross join lateral (
            select
                test.is_variable,
                greatest(v.eta_int_significance, v.eta_peak_significance, v.max_significance) as significance,
                coalesce(
                    n.before_significance >= p_significance_min
                    -- a steady source that noise hid once is bright at its discovery, but neither variable nor bright on average
                    or (
                        coalesce(n.margin_local, n.margin_worst) > p_margin
                        and (
                            test.is_variable
                            or (trap.brightness(v.either_sign, v.peak_flux_weighted_mean) / test.limit_before - 1) * n.detection_threshold > p_margin
                        )
                    ),
                    false
                ) as is_new
        ) as judged
        where v.dataset_id = v_dataset_id and (judged.is_variable or judged.is_new)
        order by v.source_id, judged.significance desc nulls last, v.band_id, v.stokes
    ) as decided
    inner join trap.running_catalogue as s on s.dataset_id = v_dataset_id and decided.source_id = s.source_id
    inner join trap.measurement as founding on founding.dataset_id = v_dataset_id and s.source_id = founding.measurement_id
    order by decided.significance desc nulls last, decided.margin_worst desc nulls last, s.source_id;
end;
$$;
comment on function trap.transient is
'The sources of a data set that vary (eta of the integrated or peak flux, or the brightest point, significant by p_significance_min '
'[sigma], with eta [1] and V [1] of that flux at or above the thresholds, in some band) or are new (as significantly above what was '
'measured at their place before; or above the limit there of all earlier images, by more than p_margin [sigma], and variable or as '
'bright on average).';
