-- How far each image lies off the reference catalogues with which its data set is matched. Computed image by image when asked, by
-- trap.compare_with_reference, which says what counts.
-- reads: trap_data.image, trap_data.dataset, trap_data.dataset_reference, trap_data.reference_catalogue
create view trap.image_reference_offset as
select
    d.name as dataset, i.dataset_id, i.image_id, c.name as catalogue, c.version, k.catalogue_id,
    o.n, o.mean_east_arcsec, o.mean_north_arcsec, o.median_east_arcsec, o.median_north_arcsec,
    -- a median scatters by sqrt(pi / 2) more than a mean
    1.2533 * o.scatter_east_arcsec / sqrt(o.n) as median_east_err_arcsec,
    1.2533 * o.scatter_north_arcsec / sqrt(o.n) as median_north_err_arcsec,
    o.scatter_east_arcsec, o.scatter_north_arcsec, o.displaced
from trap_data.image as i
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
inner join trap_data.dataset_reference as k on i.dataset_id = k.dataset_id
inner join trap_data.reference_catalogue as c on k.catalogue_id = c.catalogue_id
cross join lateral trap.image_against_reference(i.image_id, k.catalogue_id) as o
where i.status = 'accepted' and i.stokes = 'I';
comment on view trap.image_reference_offset is
'Offsets of the blind measurements of each image of Stokes I, 10 sigma or more, from their counterparts in the reference catalogues: what was '
'measured less what is listed. Ask by dataset_id or image_id.';
comment on column trap.image_reference_offset.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.image_reference_offset.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.image_reference_offset.image_id is 'Image. {meta.id;obs.image;meta.main principal indexed}';
comment on column trap.image_reference_offset.catalogue is 'Reference catalogue. {meta.id;meta.table principal}';
comment on column trap.image_reference_offset.version is 'Its version. {meta.version;meta.table}';
comment on column trap.image_reference_offset.catalogue_id is 'Catalogue. {meta.id;meta.table}';
comment on column trap.image_reference_offset.n is
'Measurements with one counterpart within half of the combined beam and no other within all of it. {meta.number;src principal}';
comment on column trap.image_reference_offset.mean_east_arcsec is
'Mean offset to the east, as at the centre of the image [arcsec]. {pos.eq.ra;arith.diff;stat.mean}';
comment on column trap.image_reference_offset.mean_north_arcsec is 'Mean offset to the north [arcsec]. {pos.eq.dec;arith.diff;stat.mean}';
comment on column trap.image_reference_offset.median_east_arcsec is
'Median offset to the east [arcsec]. {pos.eq.ra;arith.diff;stat.median principal}';
comment on column trap.image_reference_offset.median_north_arcsec is
'Median offset to the north [arcsec]. {pos.eq.dec;arith.diff;stat.median principal}';
comment on column trap.image_reference_offset.median_east_err_arcsec is
'Error of the median that follows from the scatter, 1 sigma; NULL for a single measurement [arcsec]. {stat.error;pos.eq.ra;arith.diff}';
comment on column trap.image_reference_offset.median_north_err_arcsec is
'The same to the north [arcsec]. {stat.error;pos.eq.dec;arith.diff}';
comment on column trap.image_reference_offset.scatter_east_arcsec is
'Scatter of the offsets to the east: distance of the quartiles as that of a normal distribution, 1 sigma [arcsec]. '
'{stat.stdev;pos.eq.ra;arith.diff}';
comment on column trap.image_reference_offset.scatter_north_arcsec is
'The same to the north [arcsec]. {stat.stdev;pos.eq.dec;arith.diff}';
comment on column trap.image_reference_offset.displaced is
'Whether the image lies off by more than half of the combined beam, which the votes of all pairs within five beams show. '
'{meta.code.qual principal}';
