-- The smallest noise at each place of a data set's sky regions as it became from image to image: the map after each image, on the grid
-- that its own is one with. The last of each grid is what trap_data.sky_region_noise ought to be.
-- reads: trap_data.image, trap_data.image_noise
-- writes: nothing
create function trap.recomputed_noise(p_dataset_id integer)
returns table (
    image_id bigint, taken_at timestamptz, sky_region_id bigint, band_id bigint, stokes trap_data.stokes_parameter,
    detection_threshold double precision, grid_image_id bigint, rms_min real[], image_count integer, is_last boolean
)
language sql stable parallel safe
begin atomic
select
    g.image_id, g.taken_at, g.sky_region_id, g.band_id, g.stokes, g.detection_threshold, g.grid_image_id,
    trap.smallest_rms(g.rms) over so_far, (count(*) over so_far)::integer, lead(g.image_id) over so_far is null
from (
    select
        i.image_id, i.taken_at, i.sky_region_id, i.band_id, i.stokes, i.detection_threshold,
        trap.noise_grid_of(i.image_id) as grid_image_id, n.rms
    from trap_data.image as i
    inner join trap_data.image_noise as n on i.image_id = n.image_id
    where i.dataset_id = p_dataset_id and i.status = 'accepted'
    offset 0
) as g
window
    so_far as (
        partition by g.sky_region_id, g.band_id, g.stokes, g.detection_threshold, g.grid_image_id order by g.image_id
    );
end;
comment on function trap.recomputed_noise is
'The smallest noise [Jy/beam] at each place of the sky regions of a data set after each of its images, recomputed from their noise maps.';
