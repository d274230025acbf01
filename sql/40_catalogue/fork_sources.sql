-- Makes the branches of the sources that fork. A branch begins with its parent's running sums, in every band, and inherits the
-- parent's light curve up to this image through source_ancestry; no light-curve point is copied.
-- reads: trap_data.measurement
-- writes: trap_data.source, trap_data.source_flux, trap_data.source_ancestry, pg_temp.resolved_pair
create function trap.fork_sources(p_image_id bigint) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id);
begin
    perform from pg_temp.resolved_pair as p where p.parent_id is not null;
    if not found then
        return;
    end if;

    -- from the few forks to their rows by index, one after the other: "offset 0" leaves the planner no other way
    with founded as (
        insert into trap_data.source as s
        select (branch.copied).*
        from pg_temp.resolved_pair as p
        cross join lateral (
            select founding.ra, founding.dec
            from trap_data.measurement as founding
            where founding.dataset_id = v_dataset_id and founding.measurement_id = p.measurement_id
            offset 0
        ) as m
        cross join lateral (
            select
                -- a copy of the row but for the columns that are named
                jsonb_populate_record(
                    parent,
                    jsonb_build_object('source_id', p.source_id, 'name', trap.iau_name(m.ra, m.dec), 'established_image_id', null)
                ) as copied
            from trap_data.source as parent
            where parent.dataset_id = v_dataset_id and parent.source_id = p.parent_id
            offset 0
        ) as branch
        where p.parent_id is not null
        order by p.source_id
        returning s.source_id, s.ctid as stored_at
    )

    update pg_temp.resolved_pair as p set stored_at = f.stored_at
    from founded as f
    where p.source_id = f.source_id;

    insert into trap_data.source_flux
    select (branch.copied).*
    from pg_temp.resolved_pair as p
    cross join lateral (
        select jsonb_populate_record(sums, jsonb_build_object('source_id', p.source_id)) as copied
        from trap_data.source_flux as sums
        where sums.dataset_id = v_dataset_id and sums.source_id = p.parent_id
        offset 0
    ) as branch
    where p.parent_id is not null
    order by p.source_id, (branch.copied).band_id, (branch.copied).stokes;

    -- the parent itself, and what the parent inherited
    insert into trap_data.source_ancestry (dataset_id, source_id, ancestor_id, until_image_id)
    select v_dataset_id, p.source_id, p.parent_id, p_image_id
    from pg_temp.resolved_pair as p
    where p.parent_id is not null
    union all
    select v_dataset_id, p.source_id, a.ancestor_id, a.until_image_id
    from pg_temp.resolved_pair as p
    cross join lateral (
        select inherited.* from trap_data.source_ancestry as inherited where inherited.source_id = p.parent_id offset 0
    ) as a
    where p.parent_id is not null;
end;
$$;
comment on function trap.fork_sources is 'Makes the branches of the sources that fork in an image.';
