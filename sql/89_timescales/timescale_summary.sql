-- The table that transient surveys print: what was searched at each timescale and how deep, and the rate of transients that follows.
-- A transient is a source that appeared where an earlier image covered it (trap.new_source), so the first image of each field searches
-- nothing: of N images of area O it is (N - 1) O. Limits are those of Poisson's distribution on the transients, those of noise included.
-- Source: Rowlinson et al. 2016, MNRAS 458, 3506, eq. 1 and 2; Bell et al. 2014, MNRAS 438, 352, eq. 4; Gehrels 1986, ApJ 303, 336.
-- reads: trap_data.image, trap_data.band, trap.searched_image, trap.new_source
-- writes: nothing
create function trap.timescale_summary(p_dataset text, p_confidence double precision default 0.95)
returns table (
    dataset text, factor integer, duration double precision, band_id bigint, freq_central double precision, stokes text,
    images bigint, fields bigint, area double precision, area_searched double precision,
    rms double precision, sensitivity double precision, expected_false double precision,
    transients bigint, rate double precision, rate_lower double precision, rate_upper double precision
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
begin
    if not (p_confidence > 0 and p_confidence < 1) then
        raise exception 'a confidence of % makes no sense: expected 0 to 1', p_confidence using errcode = 'TR004';
    end if;
    return query
    with family as materialized (
        select f.* from trap.timescales_of(p_dataset) as f
    ),

    searched as (
        select
            f.dataset, f.dataset_id, f.factor, i.band_id, i.stokes::text as stokes, i.sky_region_id, i.duration,
            s.area, i.rms_median, i.rms_median * i.detection_threshold as limit_flux, s.expected_false,
            -- 0 for the first image of a field, and more for those after it
            row_number() over (partition by i.dataset_id, i.band_id, i.stokes, i.sky_region_id order by i.image_id) - 1 as before
        from family as f
        inner join trap_data.image as i on f.dataset_id = i.dataset_id and i.status = 'accepted'
        inner join trap.searched_image as s on i.dataset_id = s.dataset_id and i.image_id = s.image_id
    ),

    summed as (
        select
            s.dataset, s.dataset_id, s.factor, s.band_id, s.stokes,
            percentile_cont(0.5) within group (order by s.duration) as duration,
            count(*) as images, count(distinct s.sky_region_id) as fields, avg(s.area) as area,
            coalesce(sum(s.area) filter (where s.before > 0), 0) as area_searched,
            percentile_cont(0.5) within group (order by s.rms_median) as rms,
            percentile_cont(0.5) within group (order by s.limit_flux) as sensitivity,
            sum(s.expected_false) filter (where s.before > 0) as expected_false
        from searched as s
        group by s.dataset, s.dataset_id, s.factor, s.band_id, s.stokes
    ),

    counted as (
        select
            s.*,
            (
                select count(*) from trap.new_source as n
                where n.dataset_id = s.dataset_id and n.band_id = s.band_id and n.stokes = s.stokes
            ) as transients
        from summed as s
    )

    select
        c.dataset, c.factor, c.duration, c.band_id, b.freq_central::double precision, c.stokes, c.images, c.fields, c.area, c.area_searched,
        c.rms, c.sensitivity, c.expected_false, c.transients,
        c.transients / nullif(c.area_searched, 0),
        case when c.transients = 0 then 0 else trap.poisson_mean(c.transients::integer - 1, p_confidence) end / nullif(c.area_searched, 0),
        trap.poisson_mean(c.transients::integer, 1 - p_confidence) / nullif(c.area_searched, 0)
    from counted as c
    inner join trap_data.band as b on c.band_id = b.band_id
    order by c.factor, c.dataset, b.freq_central, c.stokes;
end;
$$;
comment on function trap.timescale_summary is
'What was searched for transients at each timescale of a data set, a row for each data set, band and Stokes parameter: factor (images in an '
'image [1]); duration, the median [s]; images and fields [1]; area of an image, the mean [deg^2]; area_searched, the sum of those but the '
'first of each field [deg^2]; rms, the median [Jy/beam]; sensitivity, the median of threshold times rms [Jy/beam]; expected_false, '
'detections of noise [1]; transients, sources that appeared [1]; their rate, with its limits at p_confidence [1] [deg^-2].';
