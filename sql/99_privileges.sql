-- Who may do what: the public most of the views and the functions behind them; readers may also store definitions, and operators ingest.
-- Nothing here is granted to a user: users are members of the roles.
-- reads: nothing
-- writes: nothing
revoke all on all functions in schema trap from public;

grant usage on schema trap to trapdb_public, trapdb_reader, trapdb_operator;
grant select on all tables in schema trap to trapdb_public, trapdb_reader, trapdb_operator;
-- what operators look for, and which events are injected, is for those who work with the archive
revoke select on trap.watch, trap.event, trap.alert_rule, trap.injection, trap.injected_source from trapdb_public;
grant usage on schema tap_schema, ivoa to trapdb_public, trapdb_reader, trapdb_operator;
grant select on all tables in schema tap_schema, ivoa to trapdb_public, trapdb_reader, trapdb_operator;
grant execute on function
trap.angular_separation, trap.is_near, trap.tangent_offset, trap.de_ruiter_radius, trap.direction_cosines, trap.sky_position, trap.iau_name,
trap.merged_mean, trap.merged_m2, trap.merged_comoment, trap.gaussian_moments, trap.mean_shape,
trap.coefficient_of_variation, trap.reduced_chi_squared, trap.eta_significance,
trap.dataset_id_of, trap.dataset_summary, trap.sources_of, trap.source_named,
trap.sphere_schema, trap.position_in_image, trap.coverage,
trap.lightcurve_of, trap.variability_history, trap.position_history, trap.transient, trap.cone, trap.local_rms, trap.noise_map,
trap.verify_dataset,
trap.supplied_header,
trap.apparent_position, trap.sky_position_along, trap.sky_position_between
to trapdb_public, trapdb_reader, trapdb_operator;

-- those who are shown some data sets only: what there is to be asked, and the geometry that ADQL needs. Of the data they are shown
-- views of their own (trapdb/schema/restriction.py).
grant usage on schema trap, tap_schema to trapdb_restricted;
grant select on all tables in schema tap_schema to trapdb_restricted;
grant execute on function trap.angular_separation, trap.vo_unit, trap.annotation, trap.adql_name to trapdb_restricted;

-- points of light curves as their views have them
grant execute on function trap.packed_point to trapdb_public, trapdb_reader, trapdb_operator;

-- what of a view who asks is shown
grant execute on function trap.is_insider to trapdb_public, trapdb_reader, trapdb_operator;

-- what an id says
grant execute on function
trap.numbered_id, trap.dataset_of, trap.number_of, trap.is_in_dataset,
trap.measurement_id, trap.image_of, trap.row_of, trap.is_in_image, trap.dataset_of_source, trap.is_monitored
to trapdb_public, trapdb_reader, trapdb_operator;

-- variability, transients and false alarms: what is computed when asked
grant execute on function
trap.normal_tail, trap.chi_squared_tail, trap.outlier_significance, trap.rest_reduced_chi_squared, trap.debiased_modulation,
trap.scaled_trend,
trap.lightcurve_statistics, trap.pair_metric, trap.two_epoch,
trap.noise_peaks, trap.noise_peak_pixels, trap.noise_peaks_detected, trap.noise_chance, trap.expected_false_detections, trap.false_alarm,
trap.within, trap.is_word, trap.require_conditions, trap.field_variability, trap.fulfilled_by,
trap.transient_by_definition,
trap.neighbours, trap.brighter_neighbour, trap.edge_distance, trap.region_area, trap.days_since_2000, trap.brightness, trap.has_either_sign
to trapdb_public, trapdb_reader, trapdb_operator;

grant execute on function trap.store_definition, trap.delete_definition, trap.limit_time, trap.curve_state
to trapdb_reader, trapdb_operator;

-- features: also of curves that are in no data set
grant execute on function trap.curve_features, trap.features_of, trap.feature_set_version, trap.gain_scatter, trap.unusual
to trapdb_public, trapdb_reader, trapdb_operator;

-- the reference sky
grant execute on function
trap.reference_catalogue_id_of, trap.epoch_position, trap.julian_year, trap.reference_cone, trap.reference_density, trap.reference_verdict,
trap.healpix_cell, trap.moc_covers, trap.moc_of_zone, trap.image_against_reference, trap.reference_in_field
to trapdb_public, trapdb_reader, trapdb_operator;

-- polarisation
grant execute on function
trap.leakage_terms, trap.leakage_at, trap.debiased_linear, trap.ratio_err, trap.linear_angle, trap.handedness,
trap.polarisation_verdict
to trapdb_public, trapdb_reader, trapdb_operator;

-- what comments say
grant execute on function trap.vo_unit, trap.annotation, trap.column_meaning, trap.adql_name, trap.footprint_text, trap.image_did,
trap.source_did, trap.datalink_url
to trapdb_public, trapdb_reader, trapdb_operator;

-- timescales
grant execute on function trap.timescales_of, trap.timescale_summary, trap.timescale_lightcurve, trap.poisson_mean
to trapdb_public, trapdb_reader, trapdb_operator;

-- injections
grant execute on function trap.completeness, trap.wilson_interval to trapdb_reader, trapdb_operator;

-- labels: readers read them; raters add to them, keep conditions as definitions, and need do nothing else
grant execute on function trap.labels_of, trap.label_verdict to trapdb_public, trapdb_reader, trapdb_operator;
grant usage on schema trap to trapdb_rater;
grant execute on function trap.add_label, trap.withdraw_label to trapdb_rater, trapdb_operator;
grant execute on function trap.store_definition to trapdb_rater;
grant execute on function trap.add_label_class to trapdb_admin;

-- classifiers: all may see what they say, who works with the archive has them, operators train and apply them
grant execute on function trap.active_classifier, trap.classification_verdict, trap.within_classes
to trapdb_public, trapdb_reader, trapdb_operator;
grant execute on function trap.classifier_content to trapdb_reader, trapdb_operator;
grant execute on function
trap.store_classifier, trap.require_classifier_name,
trap.activate_classifier, trap.remove_classifier, trap.add_classifications, trap.request_classification,
trap.take_job, trap.renew_job, trap.remove_expired_jobs
to trapdb_operator;

-- watch lists and maps, sky maps
grant execute on function trap.watch_hits, trap.in_skymap, trap.skymap_image, trap.healpix_area
to trapdb_public, trapdb_reader, trapdb_operator;
grant execute on function
trap.store_watch_list, trap.store_watch_polygon, trap.store_watch_moc, trap.remove_watch_list,
trap.begin_skymap, trap.finish_skymap, trap.remove_skymap
to trapdb_operator;

-- alerts of others
grant execute on function trap.alerts, trap.alert_named, trap.alert_content, trap.alert_source, trap.alert_image
to trapdb_public, trapdb_reader, trapdb_operator;
grant execute on function trap.store_alert, trap.refuse_alert, trap.attach_skymap,
trap.add_alert_rule, trap.remove_alert_rule, trap.monitor_alert, trap.alert_filled,
trap.alert_positions_due, trap.watch_alert
to trapdb_operator;

-- watches and their events
grant execute on function trap.add_watch, trap.remove_watch, trap.try_watch, trap.add_events, trap.retract_events to trapdb_operator;

grant usage on schema trap_data to trapdb_operator;
-- the target of the binary COPY; its checks are the guard
grant insert on trap_data.measurement to trapdb_operator;
grant execute on function
trap.open_dataset, trap.start_run, trap.finish_run, trap.discard_dataset, trap.log_refused_file, trap.log_warning, trap.log_latency,
trap.known_image, trap.require_unpublished, trap.are_differences, trap.require_past, trap.begin_time_step,
trap.rms_history, trap.new_image_against_reference,
trap.register_image, trap.correct_image,
trap.side_by_side, trap.store_noise_map, trap.associate_image, trap.forced_request, trap.add_forced,
trap.add_blank_places,
trap.close_time_step, trap.lone_band,
trap.pack_points, trap.next_source, trap.rewind_dataset, trap.replayable_image, trap.copy_image, trap.reuse_forced, trap.next_row,
trap.begin_backfill, trap.founded_since, trap.part_blends, trap.backfill_source, trap.backfill_image,
trap.backfill_request, trap.add_backfill,
trap.lone_stokes, trap.fit_leakage, trap.stamp_request, trap.add_stamps,
trap.image_to_stack, trap.set_timescale, trap.add_burst,
trap.image_to_difference, trap.add_difference,
trap.image_to_inject, trap.free_place, trap.stored_forced, trap.add_injections, trap.copy_injections, trap.set_injected,
trap.set_monitor_position, trap.end_monitor_position, trap.delete_monitor_position, trap.copy_monitor_positions,
trap.begin_reference_catalogue, trap.finish_reference_catalogue, trap.match_dataset,
trap.set_reference_coverage, trap.add_reference_dataset
to trapdb_operator;

-- the queue: for those who work it, and nothing else
grant usage on schema trap to trapdb_worker;
grant execute on function
trap.add_job, trap.change_job, trap.take_job, trap.renew_job, trap.finish_job, trap.fail_job, trap.abort_job, trap.remove_job,
trap.hand_back_job, trap.remove_expired_jobs, trap.job_of, trap.jobs_of, trap.queue_summary
to trapdb_worker;
grant execute on function trap.queue_summary to trapdb_operator;

-- responders, their packages and tasks: for operators, whose worker it is that does them
grant execute on function
trap.take_work, trap.renew_work, trap.prepare_task, trap.finish_response, trap.finish_job, trap.fail_job, trap.hand_back_job,
trap.expire_tasks, trap.approve_package, trap.hold_package, trap.cancel_package, trap.retry_package, trap.retry_response,
trap.hold_responder, trap.limit_responder, trap.responders, trap.responses, trap.tasks_of, trap.begun_tasks, trap.cited_alerts,
trap.store_observation, trap.answer_observation, trap.change_observation, trap.observations
to trapdb_operator;

grant execute on function
trap.delete_dataset, trap.drop_empty_partitions, trap.remove_reference_catalogue, trap.publish_dataset, trap.withdraw_publication,
trap.begin_restore, trap.start_watches
to trapdb_admin;
