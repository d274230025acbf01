-- What trap.transient_by_definition finds by each definition in each data set. It is computed for the definitions and data sets that are
-- asked for: say which, or all of them are searched by all.
-- reads: trap_data.dataset, trap.transient_definition, trap.variability, trap.new_source, trap.running_catalogue
create view trap.transient_of_definition as
select
    by.name as definition, d.name as dataset, d.dataset_id, t.source_id, t.name, t.ra, t.dec, t.band_id, t.stokes, t.n, t.n_blind,
    t.int_flux_mean, t.v_int, t.eta_int, t.eta_int_significance, t.eta_int_field_sigma, t.v_int_field_sigma, t.other_band_significance,
    t.snr_max, t.peak_flux_max, t.max_significance, t.rest_eta_significance, t.eta_peak_significance, t.trend_significance,
    t.margin_worst, t.margin_local, t.before_significance, t.siblings, t.noise_chance, t.first_seen, t.last_seen
from trap.transient_definition as by
cross join trap_data.dataset as d
cross join lateral trap.transient_by_definition(by.name, d.name) as t;
comment on view trap.transient_of_definition is
'The sources that fulfil the definitions of trap.transient_definition: one row a definition, source, band and Stokes parameter. It is '
'computed when asked, by the definitions and for the data sets that the query names.';
comment on column trap.transient_of_definition.definition is 'Definition. {meta.id principal indexed}';
comment on column trap.transient_of_definition.dataset is 'Name of the data set. {meta.id;meta.dataset principal indexed}';
comment on column trap.transient_of_definition.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.transient_of_definition.source_id is 'Source. {meta.id;src;meta.main principal}';
comment on column trap.transient_of_definition.name is 'Its name. {meta.id;src principal}';
comment on column trap.transient_of_definition.ra is 'Weighted mean position, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.transient_of_definition.dec is 'Weighted mean position, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.transient_of_definition.band_id is 'Band. {meta.id;instr.bandpass principal}';
comment on column trap.transient_of_definition.stokes is 'Stokes parameter. {meta.code;phys.polarization.stokes principal}';
comment on column trap.transient_of_definition.n is 'Usable points, blind and forced. {meta.number;obs principal}';
comment on column trap.transient_of_definition.n_blind is 'Usable blind points among them. {meta.number;obs principal}';
comment on column trap.transient_of_definition.int_flux_mean is
'Mean integrated flux density [Jy]. {phot.flux.density;em.radio;stat.mean principal}';
comment on column trap.transient_of_definition.v_int is
'V, coefficient of variation of the integrated flux density [1]. {src.var.index;phot.flux.density;em.radio principal}';
comment on column trap.transient_of_definition.eta_int is
'eta, reduced chi squared of the integrated flux density about its weighted mean [1]. '
'{stat.fit.chi2;src.var;phot.flux.density;em.radio principal}';
comment on column trap.transient_of_definition.eta_int_significance is
'How far eta_int lies above what a steady source gives [sigma]. {stat.fit.goodness;src.var;phot.flux.density;em.radio principal}';
comment on column trap.transient_of_definition.eta_int_field_sigma is
'How far log10 eta_int lies above the mean of the field, in its standard deviations [sigma]; NULL unless the definition asks for it. '
'{stat.snr;src.var}';
comment on column trap.transient_of_definition.v_int_field_sigma is
'How far log10 v_int lies above the mean of the field, in its standard deviations [sigma]; NULL unless the definition asks for it. '
'{stat.snr;src.var}';
comment on column trap.transient_of_definition.other_band_significance is
'Largest eta_int_significance of the source in its other bands and Stokes parameters [sigma]. {stat.fit.goodness;src.var;stat.max}';
comment on column trap.transient_of_definition.snr_max is
'Largest S/N of a blind point, of its peak as fitted [1]; NULL if there is none. {stat.snr;stat.max principal}';
comment on column trap.transient_of_definition.peak_flux_max is 'Largest peak flux density [Jy/beam]. {phot.flux.density.sb;em.radio;stat.max}';
comment on column trap.transient_of_definition.max_significance is
'How far the largest peak lies above the weighted mean of all other points [sigma]. {stat.snr;src.var principal}';
comment on column trap.transient_of_definition.rest_eta_significance is
'How far eta_peak without that point lies above what a steady source gives [sigma]. '
'{stat.fit.goodness;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.transient_of_definition.eta_peak_significance is
'How far eta_peak lies above what a steady source gives [sigma]. {stat.fit.goodness;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.transient_of_definition.trend_significance is
'Slope of the peak flux density in time over its error [sigma]. {stat.snr;src.var}';
comment on column trap.transient_of_definition.margin_worst is
'If new: peak above the threshold where the deepest earlier image is noisiest [sigma]. {stat.snr}';
comment on column trap.transient_of_definition.margin_local is
'If new: peak above the deepest earlier detection limit at the very place [sigma]. {stat.snr principal}';
comment on column trap.transient_of_definition.before_significance is
'If new: peak at discovery above the mean of what was measured there before [sigma]. {stat.snr;src.var principal}';
comment on column trap.transient_of_definition.siblings is
'If new: other measurements of the discovery image that share its island or lie within a beam. {meta.number;src}';
comment on column trap.transient_of_definition.noise_chance is
'Chance that noise makes a detection as bright as its brightest in all images of the data set together [1]. {stat.probability principal}';
comment on column trap.transient_of_definition.first_seen is
'Time of the first blind measurement in any band, UTC. {time.epoch;stat.min principal}';
comment on column trap.transient_of_definition.last_seen is
'Time of the last blind measurement in any band, UTC. {time.epoch;stat.max principal}';
