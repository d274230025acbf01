-- How unusual the light curves of a data set are among each other: for each of six figures how rare it is that it is as large, as -ln of
-- the share of light curves with as much, and the sum of these. Nothing is trained or tuned for that. Bright sources all vary by the
-- scatter of gains, which is in no error: it is added to the errors, in quadrature.
-- Source: Li et al. 2022, IEEE Trans. Knowl. Data Eng. 35, 12181 (ECOD), section 3, with the right tail of each figure;
--   Wilson & Hilferty 1931, PNAS 17, 684 (scatter).
-- reads: trap.feature
-- writes: nothing
create function trap.unusual(p_dataset text)
returns table (
    source_id bigint, band_id bigint, stokes text, anomaly double precision,
    flare double precision, dip double precision, scatter double precision, contrast double precision, brevity double precision,
    smoothness double precision,
    negative_ratio double precision, negative_share double precision, size_beams double precision, siblings double precision,
    de_ruiter_rms double precision, near_bright_share double precision, edge_share double precision, blended_share double precision,
    v_over_i double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
-- light curves are sorted where they are, not in files
set work_mem = '64MB'
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_band_ids bigint[];
    v_gains double precision[];
begin
    select array_agg(g.band_id), array_agg(coalesce(g.gain_scatter, 0)) into v_band_ids, v_gains from trap.gain_scatter(p_dataset) as g;
    return query
    with figure as materialized (
        select
            f.source_id, f.band_id, f.stokes,
            (f.peak_flux - f.median_flux) / sqrt(power(f.peak_flux_err, 2) + power(g.gain * f.peak_flux, 2)) as flare,
            (f.median_flux - f.snr_min * f.peak_flux_err) / sqrt(power(f.peak_flux_err, 2) + power(g.gain * f.median_flux, 2)) as dip,
            trap.eta_significance(f.n, f.eta / (1 + power(g.gain * f.median_flux / f.peak_flux_err, 2))) as scatter,
            f.contrast, 1 - f.half_share as brevity, 1 - f.structure_1 as smoothness,
            f.negative_ratio, f.negative_share, f.size_beams, f.siblings, f.de_ruiter_rms, f.near_bright_share, f.edge_share,
            f.blended_share, f.v_over_i
        from trap.feature as f
        inner join unnest(v_band_ids, v_gains) as g (band_id, gain) on f.band_id = g.band_id
        where f.dataset_id = v_dataset_id and not trap.is_monitored(f.source_id)
    ),

    -- in an order what is not known comes last
    ranked as (
        select
            f.*,
            case when f.flare is not null then count(f.flare) over () - rank() over (order by f.flare) + 1 end as flare_as_much,
            case when f.dip is not null then count(f.dip) over () - rank() over (order by f.dip) + 1 end as dip_as_much,
            case when f.scatter is not null then count(f.scatter) over () - rank() over (order by f.scatter) + 1 end as scatter_as_much,
            case when f.contrast is not null then count(f.contrast) over () - rank() over (order by f.contrast) + 1 end as contrast_as_much,
            case when f.brevity is not null then count(f.brevity) over () - rank() over (order by f.brevity) + 1 end as brevity_as_much,
            case
                when f.smoothness is not null then count(f.smoothness) over () - rank() over (order by f.smoothness) + 1
            end as smoothness_as_much
        from figure as f
    ),

    -- and is nothing unusual
    rarity as (
        select
            f.source_id, f.band_id, f.stokes,
            coalesce(ln(count(f.flare) over () / f.flare_as_much::double precision), 0) as flare,
            coalesce(ln(count(f.dip) over () / f.dip_as_much::double precision), 0) as dip,
            coalesce(ln(count(f.scatter) over () / f.scatter_as_much::double precision), 0) as scatter,
            coalesce(ln(count(f.contrast) over () / f.contrast_as_much::double precision), 0) as contrast,
            coalesce(ln(count(f.brevity) over () / f.brevity_as_much::double precision), 0) as brevity,
            coalesce(ln(count(f.smoothness) over () / f.smoothness_as_much::double precision), 0) as smoothness,
            f.negative_ratio, f.negative_share, f.size_beams, f.siblings, f.de_ruiter_rms, f.near_bright_share, f.edge_share,
            f.blended_share, f.v_over_i
        from ranked as f
    )

    select
        r.source_id, r.band_id, r.stokes,
        (r.flare + r.dip + r.scatter + r.contrast + r.brevity + r.smoothness)
        / greatest(1e-300, max(r.flare + r.dip + r.scatter + r.contrast + r.brevity + r.smoothness) over ()),
        r.flare, r.dip, r.scatter, r.contrast, r.brevity, r.smoothness,
        r.negative_ratio, r.negative_share, r.size_beams, r.siblings, r.de_ruiter_rms,
        r.near_bright_share, r.edge_share, r.blended_share, r.v_over_i
    from rarity as r;
end;
$$;
comment on function trap.unusual is
'How unusual each light curve of a data set is among all: anomaly, 0 to 1 [1], the sum of six rarities over the largest such sum; the '
'rarities, -ln of the share of light curves with as much, of flare and dip (peak and least point away from the median, in their errors), '
'scatter (eta), contrast, brevity (1 less half_share) and smoothness (1 less structure_1) [1]; and what tells artefacts, as in '
'trap.feature.';
