-- the images of the same band and Stokes parameter before and after one
select
    (
        select b.image_id
        from trap.image as b
        where
            b.dataset_id = i.dataset_id and b.band_id = i.band_id and b.stokes = i.stokes and b.status = 'accepted'
            and b.image_id < i.image_id
        order by b.image_id desc
        limit 1
    ) as earlier,
    (
        select a.image_id
        from trap.image as a
        where
            a.dataset_id = i.dataset_id and a.band_id = i.band_id and a.stokes = i.stokes and a.status = 'accepted'
            and a.image_id > i.image_id
        order by a.image_id
        limit 1
    ) as later
from trap.image as i
where i.dataset_id = trap.dataset_of(%(image_id)s) and i.image_id = %(image_id)s;
