-- Images that are differences, of which image, and how it was aligned. Both may have been copied since, to be associated anew.
-- reads: trap_data.difference, trap_data.image, trap_data.dataset
create view trap.difference as
select
    d.name as dataset, i.dataset_id, i.image_id, p.name as parent, o.dataset_id as parent_id, o.image_id as parent_image_id, i.taken_at,
    f.references_count, f.offset_east * 3600 as offset_east_arcsec, f.offset_north * 3600 as offset_north_arcsec, f.flux_ratio
from trap_data.difference as f
inner join trap_data.image as i on f.dataset_id = i.dataset_id and f.digest = i.digest and i.status = 'accepted'
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
inner join trap_data.image as o on f.parent_id = o.dataset_id and f.parent_digest = o.digest and o.status = 'accepted'
inner join trap_data.dataset as p on o.dataset_id = p.dataset_id;
comment on view trap.difference is 'Images that are the difference of another one and a reference, and how that image was aligned to it.';
comment on column trap.difference.dataset is 'Name of the data set of differences. {meta.id;meta.dataset principal}';
comment on column trap.difference.dataset_id is 'Data set of differences. {meta.id;meta.dataset indexed}';
comment on column trap.difference.image_id is 'The difference. {meta.id;obs.image;meta.main principal indexed}';
comment on column trap.difference.parent is 'Name of the data set of the images. {meta.id.parent;meta.dataset principal}';
comment on column trap.difference.parent_id is 'Data set of the images. {meta.id.parent;meta.dataset}';
comment on column trap.difference.parent_image_id is 'The image from which the reference was subtracted. {meta.id.parent;obs.image principal indexed}';
comment on column trap.difference.taken_at is 'Start of the observation, UTC. {time.start;obs.exposure principal}';
comment on column trap.difference.references_count is 'How many images the reference was the mean of [1]. {meta.number;obs.image principal}';
comment on column trap.difference.offset_east_arcsec is
'How far to the east that image lay, by which it was moved back [arcsec]. {pos.eq.ra;arith.diff}';
comment on column trap.difference.offset_north_arcsec is 'How far to the north [arcsec]. {pos.eq.dec;arith.diff}';
comment on column trap.difference.flux_ratio is 'Its flux scale, by which it was divided [1]. {phot.calib;arith.ratio}';
