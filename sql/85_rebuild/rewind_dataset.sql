-- Returns a data set to its state at a time. Later images and their measurements stay, marked as rewound, to be associated
-- again; what became known later is undone, back-filled points too.
-- reads: trap_data.image, trap_data.association
-- writes: trap_data.dataset, trap_data.image, trap_data.measurement, trap_data.association, trap_data.blended_point, trap_data.source,
--   trap_data.source_flux, trap_data.source_ancestry, trap_data.new_source, trap_data.reference_match, trap_data.sky_region_limit,
--   trap_data.sky_region_noise, trap_data.blank_place, trap_data.image_leakage, trap_data.classification
create function trap.rewind_dataset(p_dataset text, p_to timestamptz)
returns table (rewound_images integer, removed_sources integer, restored_sources integer, removed_points integer)
language plpgsql volatile security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_last_image_id bigint;
    v_undone bigint[];
    v_again bigint[];
    v_touched bigint[];
begin
    perform trap.lock_dataset(v_dataset_id);
    select coalesce(max(i.image_id), trap.numbered_id(v_dataset_id, 0)) into v_last_image_id
    from trap_data.image as i
    -- a rejected image may be the last one of its time step, with which forced fits became known
    where i.dataset_id = v_dataset_id and i.status <> 'rewound' and i.taken_at <= p_to;

    -- the images
    delete from trap_data.image as i
    where i.dataset_id = v_dataset_id and i.status = 'rejected' and i.taken_at > p_to;
    update trap_data.image as i set status = 'rewound'
    where i.dataset_id = v_dataset_id and i.status = 'accepted' and i.taken_at > p_to;
    get diagnostics rewound_images = row_count;
    perform trap.question_events(v_dataset_id, p_to);

    delete from trap_data.image_leakage as k
    where trap.is_in_dataset(k.image_id, v_dataset_id) and k.image_id > v_last_image_id;

    delete from trap_data.classification as c
    where c.dataset_id = v_dataset_id and c.known_image_id > v_last_image_id;

    perform trap.unpack_points(v_dataset_id, null, v_last_image_id + 1);

    -- points that were set aside later are points again, of the heirs too; what was set aside at once goes
    with unparted as (
        delete from trap_data.blended_point as b
        where b.dataset_id = v_dataset_id and b.blended_image_id > v_last_image_id
        returning b.*
    ),

    again as (
        insert into trap_data.association (
            dataset_id, source_id, measurement_id, kind, de_ruiter_radius, separation_arcsec, known_image_id, backfilled
        )
        select
            u.dataset_id, u.source_id, u.measurement_id, u.kind, u.de_ruiter_radius, u.separation_arcsec, u.known_image_id, u.backfilled
        from unparted as u
        where u.known_image_id <= v_last_image_id
        returning source_id
    )

    select coalesce(array_agg(distinct a.source_id), '{}') into v_again
    from again as a;
    select coalesce(array_agg(y.source_id), '{}') || v_again into v_again
    from trap_data.source_ancestry as y
    where y.dataset_id = v_dataset_id and y.ancestor_id = any(v_again) and trap.image_of(y.source_id) <= v_last_image_id;

    -- the sums, while the points are there; of some sources they have to be made anew from the points that are left, which is less work
    -- where more goes than stays
    v_undone := array(
        select distinct a.source_id
        from trap_data.association as a
        where
            a.dataset_id = v_dataset_id and a.known_image_id > v_last_image_id and trap.image_of(a.source_id) <= v_last_image_id
    );
    if rewound_images > (select count(*) from trap_data.image as i where i.dataset_id = v_dataset_id and i.status = 'accepted') then
        v_again := v_again || v_undone;
    else
        v_again := v_again || trap.subtract_fluxes(v_dataset_id, v_undone, v_last_image_id + 1)
        || trap.subtract_positions(v_dataset_id, v_undone, v_last_image_id + 1);
    end if;
    v_touched := array(select distinct every.source_id from unnest(v_undone || v_again) as every (source_id));
    restored_sources := cardinality(v_touched);

    -- the light curves; forced fits that were made later in images that stay go with their points
    with undone as (
        delete from trap_data.association as a
        where a.dataset_id = v_dataset_id and a.known_image_id > v_last_image_id
        returning a.measurement_id
    ),

    unmeasured as (
        delete from trap_data.measurement as m
        using undone as u
        where
            m.dataset_id = v_dataset_id and m.measurement_id = u.measurement_id
            and m.kind <> 'blind' and trap.image_of(m.measurement_id) <= v_last_image_id
        returning m.measurement_id
    )

    select count(*)::integer into removed_points
    from unmeasured as u;

    delete from trap_data.blank_place as b
    where
        trap.is_in_dataset(b.image_id, v_dataset_id)
        and b.image_id <= v_last_image_id and b.known_image_id > v_last_image_id;

    -- the sources that were founded later
    delete from trap_data.source as s where s.dataset_id = v_dataset_id and trap.image_of(s.source_id) > v_last_image_id;
    get diagnostics removed_sources = row_count;
    delete from trap_data.source_flux as f where f.dataset_id = v_dataset_id and trap.image_of(f.source_id) > v_last_image_id;
    delete from trap_data.source_ancestry as y where y.dataset_id = v_dataset_id and trap.image_of(y.source_id) > v_last_image_id;
    delete from trap_data.new_source as n where n.dataset_id = v_dataset_id and trap.image_of(n.source_id) > v_last_image_id;
    delete from trap_data.reference_match as m where m.dataset_id = v_dataset_id and trap.image_of(m.source_id) > v_last_image_id;

    update trap_data.source as s
    set established_image_id = null
    where s.dataset_id = v_dataset_id and s.established_image_id > v_last_image_id;

    perform trap.restore_sources(v_dataset_id, v_again);
    perform trap.match_sources(v_dataset_id, v_touched);

    -- the limits of the sky regions, from the images that are left
    delete from trap_data.sky_region_limit as l
    where trap.is_in_dataset(l.sky_region_id, v_dataset_id);
    delete from trap_data.sky_region_noise as q
    where trap.is_in_dataset(q.sky_region_id, v_dataset_id);
    perform trap.roll_up_limits(v_dataset_id, trap.numbered_id(v_dataset_id, 0));

    update trap_data.dataset as d
    set (step_count, last_taken_at) = (
        select count(distinct i.taken_at), max(i.taken_at)
        from trap_data.image as i
        where i.dataset_id = v_dataset_id and i.status = 'accepted'
    )
    where d.dataset_id = v_dataset_id;
    return next;
end;
$$;
comment on function trap.rewind_dataset is
'Returns a data set to its state at a time; later images are kept as rewound. Returns the numbers of images rewound, of '
'sources removed, of sources whose sums were restored, and of back-filled points removed from images that stay.';
