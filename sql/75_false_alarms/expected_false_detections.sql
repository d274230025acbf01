-- How many false detections of at least this S/N noise is expected to make in a data set, by band and Stokes parameter; their sum is
-- that of the data set. A detection needs a pixel above the image's detection threshold; its fitted peak, which is what S/N means here,
-- lies above its pixels.
-- reads: trap.searched_image
-- writes: nothing
create function trap.expected_false_detections(p_dataset text, p_threshold double precision)
returns table (
    band_id bigint, stokes text, images bigint, area double precision, expected_false double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    return query
    select
        i.band_id, i.stokes, count(*), sum(i.area),
        sum(i.signs * trap.noise_peaks_detected(i.elements, i.pixels, i.detection_threshold, p_threshold))
    from trap.searched_image as i
    where i.dataset_id = v_dataset_id
    group by i.band_id, i.stokes
    order by i.band_id, i.stokes;
end;
$$;
comment on function trap.expected_false_detections is
'False detections [1] of S/N p_threshold [1] or more to be expected of noise in a data set, by band and Stokes parameter: number of images, '
'the sum of their areas [deg^2] and of what is expected in each. Below an image''s own detection threshold nothing is added.';
