-- Takes the tables and columns of the second revision away; monitored positions go with all that was measured at them.
drop table
    trap_data.transient_condition,
    trap_data.transient_definition,
    trap_data.monitor_ephemeris,
    trap_data.monitor_position,
    trap_data.sky_region_noise;

delete from trap_data.association where source_id in (select source_id from trap_data.source where monitored);
delete from trap_data.measurement where kind = 'monitored';
delete from trap_data.source_flux where source_id in (select source_id from trap_data.source where monitored);
delete from trap_data.source where monitored;

alter table trap_data.dataset drop column monitor_count;
alter table trap_data.new_source
drop column peak_flux_err,
drop column local_limit,
drop column covering_images,
drop column edge_distance,
drop column before_n,
drop column before_weight,
drop column before_flux;
alter table trap_data.source_flux
drop column n_blind,
drop column snr_max,
drop column int_variance_sum,
drop column peak_variance_sum,
drop column peak_max,
drop column peak_max_err,
drop column max_measurement_id,
drop column time_mean,
drop column time_m2,
drop column time_peak;
alter table trap_data.source
drop constraint source_without_errors,
drop constraint source_monitored,
drop column shape_weight,
drop column shape_ll,
drop column shape_lm,
drop column shape_mm,
alter column ra_err set not null,
alter column dec_err set not null,
alter column first_seen set not null,
alter column last_seen set not null,
alter column last_blind_image_id set not null;
comment on column trap_data.source.source_id is 'The id of its founding measurement.';
comment on column trap_data.source.name is 'Name after the position at discovery, Jhhmmss.s+ddmmss.';
comment on column trap_data.source.ra_err is 'Error of the weighted mean to the east on the sky, 1 sigma [deg].';
comment on column trap_data.source.dec_err is 'Error of the weighted mean to the north, 1 sigma [deg].';
comment on column trap_data.source.first_seen is 'Time of the first blind measurement.';
comment on column trap_data.source.last_seen is 'Time of the last blind measurement.';
comment on column trap_data.source.last_blind_image_id is 'Image of the last blind measurement.';
comment on column trap_data.measurement.snr is 'Peak over the local noise [1].';
alter table trap_data.measurement
drop column peak_flux_raw,
drop column deconvolved_major_err,
drop column deconvolved_minor_err,
drop column deconvolved_pa_err;
alter table trap_data.image
drop column noise_correlation,
drop column searched_area;
update trap_data.dataset as d set configuration = d.configuration #- '{null_detection,backfill}';
