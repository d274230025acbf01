-- The checksum of a data set: of each row, in the order of ids, SHA-256 of the digest so far and the row. First its images, then its
-- measurements, then the points of its light curves. A row is what PostgreSQL sends of a composite value: big-endian, the number of
-- fields, then for each the type, the length, -1 for NULL, and the bytes; docs/retention.md has it byte by byte.
-- Ids are in it by their numbers within the data set, text as UTF-8, so that it is the same on another server.
-- All of it can be seen by everybody, so that everybody can compute it. Paths and runs are not in it, which say where and when a computer
-- did something, nor what is computed from the rest.
-- reads: trap.image, trap.measurement, trap.curve_point
-- writes: nothing
create function trap.dataset_checksum(
    p_dataset_id integer, out checksum text, out n_images bigint, out n_measurements bigint, out n_points bigint
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
-- all rows are wanted, not the first: a sort where that reads less than an index
set cursor_tuple_fraction = 1
as $$
declare
    v_digest bytea := ''::bytea;
    v_row bytea;
begin
    n_images := 0;
    for v_row in
        select
            record_send(row(
                trap.number_of(i.image_id), trap.number_of(i.band_id), trap.number_of(i.sky_region_id),
                convert_to(i.status, 'UTF8'), convert_to(i.digest, 'UTF8'), i.taken_at, i.duration, i.freq_eff, i.bandwidth,
                convert_to(i.stokes, 'UTF8'), convert_to(i.telescope, 'UTF8'), i.ra, i.dec, i.beam_major, i.beam_minor, i.beam_pa,
                i.rms_median, i.rms_min, i.rms_max, i.detection_threshold, i.analysis_threshold
            ))
        from trap.image as i
        where i.dataset_id = p_dataset_id
        order by i.image_id
    loop
        v_digest := sha256(v_digest || v_row);
        n_images := n_images + 1;
    end loop;

    n_measurements := 0;
    for v_row in
        select
            record_send(row(
                trap.number_of(m.image_id), trap.row_of(m.measurement_id), convert_to(m.kind, 'UTF8'),
                trap.number_of(trap.image_of(m.forced_for)), trap.row_of(m.forced_for),
                m.ra, m.dec, m.ra_err, m.dec_err, m.ra_fit_err, m.dec_fit_err,
                m.peak_flux, m.peak_flux_err, m.peak_flux_raw, m.int_flux, m.int_flux_err, m.snr, m.local_rms, m.background,
                m.major, m.minor, m.pa, m.major_err, m.minor_err, m.pa_err,
                m.deconvolved_major, m.deconvolved_minor, m.deconvolved_pa,
                m.deconvolved_major_err, m.deconvolved_minor_err, m.deconvolved_pa_err,
                m.chi2, m.x, m.y, m.island, m.flags, m.usable, trap.row_of(m.group_id), m.siblings
            ))
        from trap.measurement as m
        where m.dataset_id = p_dataset_id
        order by m.measurement_id
    loop
        v_digest := sha256(v_digest || v_row);
        n_measurements := n_measurements + 1;
    end loop;

    n_points := 0;
    for v_row in
        select
            record_send(row(
                trap.number_of(trap.image_of(c.source_id)), trap.row_of(c.source_id),
                trap.number_of(trap.image_of(c.measurement_id)), trap.row_of(c.measurement_id),
                convert_to(c.kind, 'UTF8'), c.inherited, c.backfilled, trap.number_of(c.known_image_id),
                c.de_ruiter_radius, c.separation_arcsec
            ))
        from trap.curve_point as c
        where c.dataset_id = p_dataset_id
        order by c.source_id, c.measurement_id
    loop
        v_digest := sha256(v_digest || v_row);
        n_points := n_points + 1;
    end loop;
    checksum := encode(v_digest, 'hex');
end;
$$;
comment on function trap.dataset_checksum is
'SHA-256 over the images, measurements and points of light curves of a data set, in hexadecimal digits, and how many of each there are.';
