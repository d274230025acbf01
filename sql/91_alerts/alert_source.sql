-- The sources where the event of an alert was, in a time about it; if asked, those only that were first seen in that time, or that are
-- transients by a definition. A position is looked up by a circle, and then exactly, with thrice the error of each source; a sky map as
-- trap.in_skymap has it.
-- reads: trap_data.source, trap_data.dataset, trap_data.new_source
-- writes: nothing
create function trap.alert_source(
    p_alert_id bigint, p_dataset text default null, p_before interval default null, p_after interval default null,
    p_new boolean default false, p_definition text default null, p_probability double precision default 0.9,
    p_radius double precision default null
) returns table (
    dataset text, dataset_id integer, source_id bigint, name text, ra double precision, "dec" double precision, n_blind integer,
    first_seen timestamptz, last_seen timestamptz, delay double precision, is_new boolean, separation double precision,
    enclosed double precision
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
set enable_seqscan = off
as $$
declare
    v_region record;
    v_dataset_id constant integer := case when p_dataset is not null then trap.dataset_id_of(p_dataset) end;
    v_since timestamptz;
    v_until timestamptz;
    v_dataset_ids integer[];
    v_source_ids bigint[];
    v_enclosed double precision[];
    v_separations double precision[];
    v_fulfilling bigint[];
begin
    select * into v_region from trap.alert_region(p_alert_id, p_radius);
    if v_region.event_at is null and num_nonnulls(p_before, p_after) > 0 then
        raise exception 'alert % does not say when its event was: no time about it can be asked for', p_alert_id using errcode = 'TR004';
    end if;
    v_since := v_region.event_at - p_before;
    v_until := v_region.event_at + p_after;

    if v_region.skymap is not null then
        select array_agg(s.dataset_id), array_agg(s.source_id), array_agg(s.enclosed), array_agg(null::double precision)
        into v_dataset_ids, v_source_ids, v_enclosed, v_separations
        from trap.in_skymap(v_region.skymap, p_probability, p_dataset, case when p_new then v_since end) as s
        where
            (v_since is null or s.last_seen >= v_since)
            and (v_until is null or s.first_seen <= v_until);
    else
        select array_agg(s.dataset_id), array_agg(s.source_id), array_agg(null::double precision), array_agg(s.separation)
        into v_dataset_ids, v_source_ids, v_enclosed, v_separations
        from trap_data.dataset as d
        cross join lateral (
            select n.*, trap.angular_separation(v_region.ra, v_region.dec, n.ra, n.dec) as separation
            from trap_data.source as n
            where
                n.dataset_id = d.dataset_id and not n.monitored
                -- the indexed position may lag behind the mean by 3 arcsec, and pgSphere rounds to 0.2 mas
                and n.pos <@ scircle(
                    center(v_region.circle),
                    radians(least(90, v_region.error_major + 3 * d.position_err_max + 3.001 / 3600))
                )
                and (v_since is null or case when p_new then n.first_seen else n.last_seen end >= v_since)
                and (v_until is null or n.first_seen <= v_until)
            offset 0
        ) as s
        where
            (v_dataset_id is null or d.dataset_id = v_dataset_id)
            and trap.ellipse_holds(
                v_region.ra, v_region.dec, v_region.error_major, v_region.error_minor, v_region.error_pa,
                3 * greatest(s.ra_err, s.dec_err), s.ra, s.dec
            );
    end if;

    if p_definition is not null then
        select coalesce(array_agg(t.source_id), '{}') into v_fulfilling
        from (select distinct n.dataset_id from unnest(v_dataset_ids) as n (dataset_id)) as h
        inner join trap_data.dataset as d on h.dataset_id = d.dataset_id
        cross join lateral trap.transient_by_definition(
            p_definition, d.name, array(select n.source_id from unnest(v_dataset_ids, v_source_ids) as n (dataset_id, source_id) where n.dataset_id = d.dataset_id)
        ) as t;
    end if;

    return query
    select
        d.name, s.dataset_id, s.source_id, s.name, s.ra, s.dec, s.n_blind, s.first_seen, s.last_seen,
        extract(epoch from s.first_seen - v_region.event_at)::double precision, n.source_id is not null, h.separation, h.enclosed
    from unnest(v_dataset_ids, v_source_ids, v_separations, v_enclosed) as h (dataset_id, source_id, separation, enclosed)
    inner join trap_data.dataset as d on h.dataset_id = d.dataset_id
    inner join trap_data.source as s on h.dataset_id = s.dataset_id and h.source_id = s.source_id
    left join trap_data.new_source as n on h.dataset_id = n.dataset_id and h.source_id = n.source_id
    where p_definition is null or h.source_id = any(v_fulfilling)
    order by h.enclosed, h.separation, h.source_id;
end;
$$;
comment on function trap.alert_source is
'The sources where the event of an alert was: in its error region, within thrice their own errors, or in the smallest region of its sky map '
'that holds a probability; with a radius [deg], so near to its position. Of those that were seen from a time before the event to one after '
'it (NULL: ever); if p_new, those that were first seen then; with a definition, those that fulfil it. delay is from the event to the first '
'time that it was seen [s]; is_new, whether an earlier image had covered the place; separation from the position [deg]; enclosed as in '
'trap.in_skymap [1].';
