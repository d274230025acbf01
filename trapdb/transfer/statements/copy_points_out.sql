-- Points are rows where they arrive, also those that are packed here.
copy (
    select {columns}
    from (
        select
            a.dataset_id, a.source_id, a.measurement_id, a.kind, a.de_ruiter_radius, a.separation_arcsec, a.known_image_id, a.backfilled
        from trap_data.association as a
        where a.dataset_id = {dataset}
        union all
        select
            c.dataset_id, c.source_id, p.measurement_id, p.kind, p.de_ruiter_radius, p.separation_arcsec, p.known_image_id, p.backfilled
        from trap_data.curve_stretch as c
        cross join lateral trap.packed_point(c) as p
        where c.dataset_id = {dataset}
    ) as t
) to stdout (format binary)
