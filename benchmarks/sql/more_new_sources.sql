-- One source in twenty as if it were new, for the joins.
insert into trap_data.new_source (
    source_id, dataset_id, limiting_image_id, limiting_rms_min, limiting_rms_max, detection_threshold, peak_flux,
    peak_flux_err, local_limit, covering_images, edge_distance
)
select
    s.source_id, s.dataset_id, trap.image_of(m.measurement_id), m.peak_flux_err, 2 * m.peak_flux_err, 6, m.peak_flux,
    m.peak_flux_err, 6 * m.peak_flux_err, 1, 1
from trap_data.source as s
inner join trap_data.measurement as m on m.dataset_id = %(dataset_id)s and s.source_id = m.measurement_id
where s.dataset_id = %(dataset_id)s and trap.row_of(s.source_id) %% 20 = 0;
