-- What comes of comparing the measurements of an image with a reference catalogue: its systematic errors.
-- reads: nothing
-- writes: nothing
create type trap.catalogue_comparison as (
    n integer,
    mean_east_arcsec double precision,
    mean_north_arcsec double precision,
    median_east_arcsec double precision,
    median_north_arcsec double precision,
    scatter_east_arcsec double precision,
    scatter_north_arcsec double precision,
    displaced boolean,
    n_flux integer,
    ratio double precision,
    ratio_min double precision,
    ratio_max double precision,
    ratio_scatter double precision
);
comment on type trap.catalogue_comparison is
'The systematic errors of an image against a reference catalogue: what was measured less what is listed, and over it.';
comment on column trap.catalogue_comparison.n is 'Measurements with one counterpart, which has no other one.';
comment on column trap.catalogue_comparison.mean_east_arcsec is 'Mean offset to the east, as at the centre of the image [arcsec].';
comment on column trap.catalogue_comparison.mean_north_arcsec is 'Mean offset to the north [arcsec].';
comment on column trap.catalogue_comparison.median_east_arcsec is 'Median offset to the east [arcsec].';
comment on column trap.catalogue_comparison.median_north_arcsec is 'Median offset to the north [arcsec].';
comment on column trap.catalogue_comparison.scatter_east_arcsec is
'Scatter of the offsets to the east, from their quartiles, 1 sigma; NULL for a single one [arcsec].';
comment on column trap.catalogue_comparison.scatter_north_arcsec is 'Scatter of the offsets to the north [arcsec].';
comment on column trap.catalogue_comparison.displaced is
'Whether the image lies off by more than half of the combined beam: the counterparts were looked for around where most pairs lie.';
comment on column trap.catalogue_comparison.n_flux is 'Those of them whose flux density is known at the frequency of the image.';
comment on column trap.catalogue_comparison.ratio is 'Median ratio of the integrated flux densities [1].';
comment on column trap.catalogue_comparison.ratio_min is 'The same with the spectral index of the range that makes each ratio least [1].';
comment on column trap.catalogue_comparison.ratio_max is 'The same with that which makes each ratio largest [1].';
comment on column trap.catalogue_comparison.ratio_scatter is 'Scatter of the ratios, from their quartiles, 1 sigma; NULL for a single one [1].';
