-- What trap.transient finds by its own thresholds, in each data set. It is computed for the data sets that are asked for: say which, or
-- all of them are searched.
-- reads: trap_data.dataset, trap.variability, trap.new_source, trap.running_catalogue, trap.measurement
create view trap.transient_source as
select
    d.name as dataset, d.dataset_id, t.source_id, t.name, t.ra, t.dec, t.reason, t.band_id, t.stokes, t.n, t.int_flux_mean,
    t.v_int, t.eta_int, t.eta_int_significance, t.v_peak, t.eta_peak, t.eta_peak_significance, t.max_significance,
    t.margin_worst, t.margin_local, t.before_significance, t.first_seen, t.last_seen, t.siblings
from trap_data.dataset as d
cross join lateral trap.transient(d.name) as t;
comment on view trap.transient_source is
'The transient and variable sources of each data set, by the thresholds that trap.transient has: one row a source, in the band that '
'decided. It is computed when asked, for the data sets that the query names.';
comment on column trap.transient_source.dataset is 'Name of the data set. {meta.id;meta.dataset principal indexed}';
comment on column trap.transient_source.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.transient_source.source_id is 'Source. {meta.id;src;meta.main principal}';
comment on column trap.transient_source.name is 'Its name. {meta.id;src principal}';
comment on column trap.transient_source.ra is 'Weighted mean position, right ascension [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.transient_source.dec is 'Weighted mean position, declination [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.transient_source.reason is 'Why it is listed: variable, new, or both. {meta.code.class principal}';
comment on column trap.transient_source.band_id is 'Band that decided. {meta.id;instr.bandpass principal}';
comment on column trap.transient_source.stokes is 'Stokes parameter that decided. {meta.code;phys.polarization.stokes principal}';
comment on column trap.transient_source.n is 'Usable points, blind and forced. {meta.number;obs principal}';
comment on column trap.transient_source.int_flux_mean is
'Mean integrated flux density [Jy]. {phot.flux.density;em.radio;stat.mean principal}';
comment on column trap.transient_source.v_int is
'V, coefficient of variation of the integrated flux density [1]. {src.var.index;phot.flux.density;em.radio principal}';
comment on column trap.transient_source.eta_int is
'eta, reduced chi squared of the integrated flux density about its weighted mean [1]. '
'{stat.fit.chi2;src.var;phot.flux.density;em.radio principal}';
comment on column trap.transient_source.eta_int_significance is
'How far eta_int lies above what a steady source gives [sigma]. {stat.fit.goodness;src.var;phot.flux.density;em.radio principal}';
comment on column trap.transient_source.v_peak is
'V, coefficient of variation of the peak flux density [1]. {src.var.index;phot.flux.density.sb;em.radio}';
comment on column trap.transient_source.eta_peak is
'eta, reduced chi squared of the peak flux density about its weighted mean [1]. {stat.fit.chi2;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.transient_source.eta_peak_significance is
'How far eta_peak lies above what a steady source gives [sigma]. {stat.fit.goodness;src.var;phot.flux.density.sb;em.radio}';
comment on column trap.transient_source.max_significance is
'How far the largest peak lies above the weighted mean of all other points [sigma]. {stat.snr;src.var principal}';
comment on column trap.transient_source.margin_worst is
'If new: peak above the threshold where the deepest earlier image is noisiest [sigma]. {stat.snr principal}';
comment on column trap.transient_source.margin_local is
'If new: peak above the deepest earlier detection limit at the very place [sigma]. {stat.snr principal}';
comment on column trap.transient_source.before_significance is
'If new: peak at discovery above the mean of what was measured there before [sigma]. {stat.snr;src.var principal}';
comment on column trap.transient_source.first_seen is
'Time of the first blind measurement in any band, UTC. {time.epoch;stat.min principal}';
comment on column trap.transient_source.last_seen is
'Time of the last blind measurement in any band, UTC. {time.epoch;stat.max principal}';
comment on column trap.transient_source.siblings is
'Other measurements of the discovery image that share its island or lie within a beam. {meta.number;src}';
