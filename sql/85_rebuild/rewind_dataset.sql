-- Takes a data set back to what it was at a time. Later images and their measurements stay, marked as rewound, to be associated
-- again; what became known later is undone, back-filled points too.
-- reads: trap_data.image, trap_data.association
-- writes: trap_data.dataset, trap_data.image, trap_data.measurement, trap_data.association, trap_data.source, trap_data.source_flux,
--   trap_data.source_ancestry, trap_data.new_source, trap_data.sky_region_limit, trap_data.sky_region_noise
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
    v_touched bigint[];
begin
    perform pg_advisory_xact_lock(hashtext('trapdb data set'), v_dataset_id);
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

    -- the light curves; forced fits that were made later in images that stay go with their points
    with undone as (
        delete from trap_data.association as a
        where a.dataset_id = v_dataset_id and a.known_image_id > v_last_image_id
        returning a.source_id, a.measurement_id
    ),

    unmeasured as (
        delete from trap_data.measurement as m
        using undone as u
        where
            m.dataset_id = v_dataset_id and m.measurement_id = u.measurement_id
            and m.kind <> 'blind' and m.image_id <= v_last_image_id
        returning m.measurement_id
    )

    select
        coalesce(array_agg(distinct u.source_id) filter (where trap.image_of(u.source_id) <= v_last_image_id), '{}'),
        (select count(*) from unmeasured)::integer
    into v_touched, removed_points
    from undone as u;
    restored_sources := cardinality(v_touched);

    -- the sources that were founded later
    delete from trap_data.source as s where s.dataset_id = v_dataset_id and trap.image_of(s.source_id) > v_last_image_id;
    get diagnostics removed_sources = row_count;
    delete from trap_data.source_flux as f where f.dataset_id = v_dataset_id and trap.image_of(f.source_id) > v_last_image_id;
    delete from trap_data.source_ancestry as y where y.dataset_id = v_dataset_id and trap.image_of(y.source_id) > v_last_image_id;
    delete from trap_data.new_source as n where n.dataset_id = v_dataset_id and trap.image_of(n.source_id) > v_last_image_id;

    -- the sums of the others, from the points that are left
    update trap_data.source as s
    set
        -- a monitored position stays where it is
        ra = coalesce(mean.ra, old.ra), dec = coalesce(mean.dec, old.dec),
        ra_err = 1 / sqrt(nullif(r.weight_l, 0)), dec_err = 1 / sqrt(nullif(r.weight_m, 0)),
        pos = coalesce(spoint(radians(mean.ra), radians(mean.dec)), old.pos),
        weight_l = r.weight_l, weighted_l = r.weighted_l, weight_m = r.weight_m, weighted_m = r.weighted_m,
        n_blind = r.n_blind, n_forced = r.n_forced, forced_steps = r.forced_steps,
        last_forced_image_id = r.last_forced_image_id, first_seen = r.first_seen, last_seen = r.last_seen,
        last_blind_image_id = r.last_blind_image_id,
        shape_weight = r.shape_weight, shape_ll = r.shape_ll, shape_lm = r.shape_lm, shape_mm = r.shape_mm
    from trap.recomputed_source(v_dataset_id, v_touched) as r
    inner join trap_data.source as old on old.dataset_id = v_dataset_id and r.source_id = old.source_id
    cross join lateral trap.sky_position(
        old.reference_ra, old.reference_dec, r.weighted_l / nullif(r.weight_l, 0), r.weighted_m / nullif(r.weight_m, 0)
    ) as mean
    where s.dataset_id = v_dataset_id and s.source_id = r.source_id;
    delete from trap_data.source_flux as f where f.dataset_id = v_dataset_id and f.source_id = any(v_touched);
    insert into trap_data.source_flux
    select r.*
    from trap.recomputed_flux(v_dataset_id, v_touched) as r;
    update trap_data.new_source as n
    set before_n = r.n, before_weight = r.weight, before_flux = r.flux
    from trap.recomputed_before(v_dataset_id, v_touched) as r
    where n.source_id = r.source_id;

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
'Takes a data set back to what it was at a time; later images are kept as rewound. Returns the numbers of images rewound, of '
'sources removed, of sources whose sums were restored, and of back-filled points removed from images that stay.';
