-- By how much flux densities in each band of a data set scatter beyond their errors, as its steady sources tell: the flux scales of
-- images, and what else is not in the errors. Of bright sources that scatter is a share of the flux density, so it is the median of
-- their modulation indices less the part of the errors: sources that vary, if they are fewer than half, hardly move it. A bright one has
-- points of 20 sigma, and was found in most images. The variance of few points has a median below its mean, as chi squared has, which is
-- made up for (Wilson & Hilferty 1931, PNAS 17, 684).
-- Beside it the scatter of the images' flux scales, each of which is a median over its sources: that part is common to all of an image.
-- reads: trap_data.source_flux, trap_data.band, trap_data.dataset, trap.image_flux_scale, trap_data.image
-- writes: nothing
create function trap.gain_scatter(p_dataset text)
returns table (
    band_id bigint, freq_central double precision, n_sources integer, gain_scatter double precision, gain_scatter_err double precision,
    n_images integer, image_scatter double precision
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
-- images are few, and nobody has counted them: points meet them before they meet sources, in the order in which it is written down, and
-- each source not each image
set join_collapse_limit = 1
set enable_nestloop = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    return query
    select
        b.band_id, b.freq_central, coalesce(s.n, 0), case when s.n > 0 then sqrt(greatest(0, s.quartiles[2])) end,
        -- of a median, by the distance of the quartiles; that of a root is half of its relative error
        case when s.quartiles[2] > 0
            then 1.2533 * (s.quartiles[3] - s.quartiles[1]) / 1.349 / sqrt(s.n) / (2 * sqrt(s.quartiles[2]))
        end,
        coalesce(g.n, 0), g.scatter
    from trap_data.band as b
    left join (
        select
            f.band_id, count(*)::integer as n,
            percentile_cont(array[0.25::double precision, 0.5::double precision, 0.75::double precision])
            within group (
                order by (
                    f.peak_m2 / (f.n - 1) / power(1 - 2 / (9 * (f.n - 1)::double precision), 3) - f.peak_variance_sum / f.n
                ) / (f.peak_mean * f.peak_mean)
            ) as quartiles
        from trap_data.source_flux as f
        where
            f.dataset_id = v_dataset_id and f.stokes = 'I' and f.n > 2 and 2 * f.n_blind > f.n
            and f.peak_mean >= 20 * sqrt(f.peak_variance_sum / f.n) and not trap.is_monitored(f.source_id)
        group by f.band_id
    ) as s on b.band_id = s.band_id
    left join (
        select
            i.band_id, count(*)::integer as n,
            (percentile_cont(0.75) within group (order by k.ratio) - percentile_cont(0.25) within group (order by k.ratio)) / 1.349
            as scatter
        from trap.image_flux_scale as k
        inner join trap_data.image as i on k.image_id = i.image_id
        where k.dataset_id = v_dataset_id and i.stokes = 'I' and k.n >= 10
        group by i.band_id
    ) as g on b.band_id = g.band_id
    where b.dataset_id = v_dataset_id
    order by b.freq_central, b.band_id;
end;
$$;
comment on function trap.gain_scatter is
'By how much flux densities scatter beyond their errors in each band of a data set (central frequency [Hz]), as a share of them [1] with '
'its error, from sources of 20 sigma or more in Stokes I; and the scatter of the images'' flux scales [1]. NULL: no such source, no image.';
