-- How far each image lies off the catalogue, and its flux scale: reads the light curves of the data set whole.
select
    i.image_id, i.taken_at, o.n, o.median_east_arcsec as east, o.median_north_arcsec as north, o.scatter_east_arcsec as scatter_east,
    o.scatter_north_arcsec as scatter_north, o.displaced, f.ratio, f.ratio_err, c.east_arcsec as moved_east,
    c.north_arcsec as moved_north, c.flux_scale as scaled
from (
    select image_id, taken_at from trap.image
    where
        status = 'accepted' and image_id > trap.numbered_id(%(dataset_id)s, 0)
        and image_id < trap.numbered_id(%(dataset_id)s + 1, 0)
    order by image_id desc
    limit %(most)s
) as i
left join trap.image_offset as o on o.dataset_id = %(dataset_id)s and i.image_id = o.image_id
left join trap.image_flux_scale as f on f.dataset_id = %(dataset_id)s and i.image_id = f.image_id
left join trap.image_correction as c on c.dataset_id = %(dataset_id)s and i.image_id = c.image_id
order by i.image_id;
