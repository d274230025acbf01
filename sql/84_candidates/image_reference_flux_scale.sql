-- The flux scale of each image against the reference catalogues with which its data set is matched. Computed image by image when asked,
-- by trap.compare_with_reference, which says what counts.
-- reads: trap_data.image, trap_data.dataset, trap_data.dataset_reference, trap_data.reference_catalogue
create view trap.image_reference_flux_scale as
select
    d.name as dataset, i.dataset_id, i.image_id, c.name as catalogue, c.version, k.catalogue_id,
    o.n_flux as n, o.ratio,
    -- a median scatters by sqrt(pi / 2) more than a mean
    1.2533 * o.ratio_scatter / sqrt(o.n_flux) as ratio_err,
    o.ratio_min, o.ratio_max, o.ratio_scatter as scatter
from trap_data.image as i
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id
inner join trap_data.dataset_reference as k on i.dataset_id = k.dataset_id
inner join trap_data.reference_catalogue as c on k.catalogue_id = c.catalogue_id
cross join lateral trap.image_against_reference(i.image_id, k.catalogue_id) as o
where i.status = 'accepted' and i.stokes = 'I';
comment on view trap.image_reference_flux_scale is
'Ratio of the integrated flux densities of the blind measurements of each image of Stokes I, 10 sigma or more, to those of their counterparts in '
'the reference catalogues, at the frequency of the image: by the spectral index that is listed, else by the middle of the data set''s range where '
'that changes a flux density by less than a tenth. Ask by dataset_id or image_id.';
comment on column trap.image_reference_flux_scale.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.image_reference_flux_scale.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.image_reference_flux_scale.image_id is 'Image. {meta.id;obs.image;meta.main principal indexed}';
comment on column trap.image_reference_flux_scale.catalogue is 'Reference catalogue. {meta.id;meta.table principal}';
comment on column trap.image_reference_flux_scale.version is 'Its version. {meta.version;meta.table}';
comment on column trap.image_reference_flux_scale.catalogue_id is 'Catalogue. {meta.id;meta.table}';
comment on column trap.image_reference_flux_scale.n is
'Measurements with one counterpart whose flux density at the frequency is known. {meta.number;src principal}';
comment on column trap.image_reference_flux_scale.ratio is 'Median ratio [1]. {phot.calib;arith.ratio;stat.median principal}';
comment on column trap.image_reference_flux_scale.ratio_err is
'Error of the median that follows from the scatter, 1 sigma; NULL for a single measurement [1]. {stat.error;phot.calib;arith.ratio principal}';
comment on column trap.image_reference_flux_scale.ratio_min is
'Median of the ratios with the spectral index of the range that makes each least [1]. {phot.calib;arith.ratio;stat.min}';
comment on column trap.image_reference_flux_scale.ratio_max is
'Median of the ratios with that which makes each largest [1]. {phot.calib;arith.ratio;stat.max}';
comment on column trap.image_reference_flux_scale.scatter is
'Scatter of the ratios: distance of the quartiles as that of a normal distribution, 1 sigma [1]. {stat.stdev;phot.calib;arith.ratio}';
