-- The flux scale of each image against the catalogue: the ratio of the integrated fluxes of its blind measurements to the weighted mean of
-- their source in the band. Measurements below 10 sigma, of which only those are found that noise made brighter, and sources with a single
-- point take no part. Reads the light curves of the data set whole.
-- reads: trap.curve_point, trap_data.measurement, trap_data.image, trap_data.source_flux, trap_data.dataset
create view trap.image_flux_scale as
select
    d.name as dataset, k.dataset_id, k.image_id, k.n, k.quartiles[2] as ratio,
    -- the quartiles of a normal distribution are 1.349 standard deviations apart
    (k.quartiles[3] - k.quartiles[1]) / 1.349 as scatter,
    -- a median scatters by sqrt(pi / 2) more than a mean
    1.2533 * (k.quartiles[3] - k.quartiles[1]) / 1.349 / sqrt(k.n) as ratio_err
from (
    select
        p.dataset_id, p.image_id, count(*) as n,
        percentile_cont(array[0.25::double precision, 0.5::double precision, 0.75::double precision])
        within group (order by p.int_flux / f.int_weighted_mean) as quartiles
    from (
        select m.dataset_id, a.source_id, m.measurement_id, i.image_id, i.band_id, i.stokes, m.int_flux
        from trap.curve_point as a
        inner join trap_data.measurement as m on a.dataset_id = m.dataset_id and a.measurement_id = m.measurement_id
        inner join trap_data.image as i on trap.image_of(m.measurement_id) = i.image_id
        -- what is blind: of m.kind less is known before there are statistics
        where
            not a.inherited and a.kind not in ('null_detection', 'monitored')
            and m.usable and m.int_flux >= 10 * m.int_flux_err
        -- each is there once. No plan may begin with every flux in every image of its band, and a data set is asked for in here
        group by m.dataset_id, a.source_id, m.measurement_id, i.image_id, i.band_id, i.stokes, m.int_flux
    ) as p
    inner join trap_data.source_flux as f
        on p.dataset_id = f.dataset_id and p.source_id = f.source_id and p.band_id = f.band_id and p.stokes = f.stokes
    where f.n > 1 and f.int_weighted_mean > 0
    group by p.dataset_id, p.image_id
) as k
inner join trap_data.dataset as d on k.dataset_id = d.dataset_id;
comment on view trap.image_flux_scale is
'Ratio of the integrated flux densities of each image''s blind measurements, 10 sigma or more, to the means of their sources in the band.';
comment on column trap.image_flux_scale.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.image_flux_scale.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.image_flux_scale.image_id is 'Image. {meta.id;obs.image;meta.main principal indexed}';
comment on column trap.image_flux_scale.n is 'Measurements. {meta.number;src principal}';
comment on column trap.image_flux_scale.ratio is 'Median ratio [1]. {phot.calib;arith.ratio;stat.median principal}';
comment on column trap.image_flux_scale.scatter is
'Scatter of the ratios: distance of the quartiles as that of a normal distribution, 1 sigma [1]. {stat.stdev;phot.calib;arith.ratio}';
comment on column trap.image_flux_scale.ratio_err is
'Error of the median that follows from it, 1 sigma [1]. {stat.error;phot.calib;arith.ratio principal}';
