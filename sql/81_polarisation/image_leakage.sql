-- The leakage of images.
-- reads: trap_data.image_leakage, trap_data.image, trap_data.dataset
create view trap.image_leakage as
select
    d.name as dataset, i.dataset_id, k.image_id, k.total_image_id, i.taken_at, i.band_id, i.stokes::text as stokes,
    k.n_sources, k.is_fitted, (array_position(array[1, 3, 6], array_length(k.coefficients, 1)) - 1) as degree,
    k.coefficients[1] as leakage_centre, sqrt(k.covariance[1][1]) as leakage_centre_err, k.scatter, k.coefficients, k.covariance
from trap_data.image_leakage as k
inner join trap_data.image as i on k.image_id = i.image_id
inner join trap_data.dataset as d on i.dataset_id = d.dataset_id;
comment on view trap.image_leakage is
'How much of Stokes I the images of Q, U and V show, as a function of place: fitted to their bright sources or, where these are too few, '
'as the configuration says.';
comment on column trap.image_leakage.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.image_leakage.dataset_id is 'Data set. {meta.id;meta.dataset}';
comment on column trap.image_leakage.image_id is 'Image. {meta.id;obs.image;meta.main principal indexed}';
comment on column trap.image_leakage.total_image_id is 'Image of Stokes I beside it. {meta.id.assoc;obs.image}';
comment on column trap.image_leakage.taken_at is 'Start of the observation, UTC. {time.start;obs.exposure principal}';
comment on column trap.image_leakage.band_id is 'Band. {meta.id;instr.bandpass}';
comment on column trap.image_leakage.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.image_leakage.n_sources is 'Bright sources that could tell it. {meta.number;src principal}';
comment on column trap.image_leakage.is_fitted is
'Whether they do; else they were too few, and the configuration of the data set says it. {meta.code.qual principal}';
comment on column trap.image_leakage.degree is 'Degree of the polynomial of the place: 0, 1 or 2. {meta.number;stat.fit}';
comment on column trap.image_leakage.leakage_centre is
'At the centre of the image, as a share of Stokes I [1]. {phys.polarization;instr.calib;arith.ratio principal}';
comment on column trap.image_leakage.leakage_centre_err is 'Its error, 1 sigma [1]. {stat.error;phys.polarization;instr.calib}';
comment on column trap.image_leakage.scatter is
'Scatter of the sources about it beyond their errors; if it is not fitted, all that is known, 1 sigma [1]. '
'{stat.stdev;phys.polarization;instr.calib principal}';
comment on column trap.image_leakage.coefficients is
'Coefficients of 1, l, m, l^2, l m and m^2, or of the first 1 or 3 of them, where l and m are direction cosines about the centre [1]. '
'{stat.fit.param;phys.polarization;instr.calib}';
comment on column trap.image_leakage.covariance is 'Their covariance [1]. {stat.covariance;phys.polarization;instr.calib}';
