-- What a watch would have told over the last time steps of a data set. The data set is taken back step by step, which is exact, and
-- looked at in each; then all of that is undone, so that nothing is written. Meanwhile nobody else can change the data set.
-- An episode that was open before the first of these steps is none of their events.
-- reads: trap_data.dataset, trap_data.image, trap.curve_point, trap_data.measurement, trap_data.source
-- writes: nothing
create function trap.try_watch(
    p_dataset text, p_steps integer, p_definition text, p_watch_list text, p_ra double precision, p_dec double precision,
    p_radius double precision, p_freq_low double precision, p_freq_high double precision,
    p_update_factor double precision, p_update_sigma double precision, p_update_wait interval
)
returns table (
    kind text, taken_at timestamptz, source_id bigint, source_name text, ra double precision, "dec" double precision, band_id bigint,
    stokes text, peak_flux double precision
)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_times timestamptz[];
    v_at timestamptz;
    v_watch_id integer;
    v_fulfils jsonb := '[]'::jsonb;
    v_row record;
    v_key text;
    v_is_open boolean;
    v_flux double precision;
    v_flux_err double precision;
    v_told_flux double precision;
    v_told_flux_err double precision;
    v_told_at timestamptz;
begin
    perform trap.lock_dataset(v_dataset_id);
    v_times := array(
        select distinct i.taken_at
        from trap_data.image as i
        where i.dataset_id = v_dataset_id and i.status = 'accepted'
        order by i.taken_at desc
        limit p_steps + 1
    );
    begin
        v_watch_id := trap.add_watch(
            'tried_' || md5(clock_timestamp()::text), p_definition, '{}', p_dataset, p_watch_list, p_ra, p_dec, p_radius, p_freq_low,
            p_freq_high, 0, p_update_factor, p_update_sigma, p_update_wait, false, 1, interval '0'
        );
        foreach v_at in array v_times
        loop
            if v_at < v_times[1] then
                perform from trap.rewind_dataset(p_dataset, v_at);
            end if;
            v_fulfils := v_fulfils || coalesce(
                (
                    select jsonb_agg(jsonb_build_array(v_at, f.source_id, f.band_id, f.stokes))
                    from trap.watched_source(v_dataset_id, array[v_watch_id]) as f
                ),
                '[]'
            );
        end loop;
        -- a state of its own: TR000 would stand for all of TR..., refusals too
        raise exception 'undone' using errcode = 'TR999';
    exception
        when sqlstate 'TR999' then null;
    end;

    for v_row in
        with fulfils as materialized (
            select
                (f.value ->> 0)::timestamptz as taken_at, (f.value ->> 1)::bigint as source_id, (f.value ->> 2)::bigint as band_id,
                f.value ->> 3 as stokes
            from jsonb_array_elements(v_fulfils) as f (value)
        ),

        curve as (
            select distinct f.source_id, f.band_id, f.stokes
            from fulfils as f
        ),

        point as materialized (
            select distinct on (c.source_id, i.taken_at, i.band_id, i.stokes)
                c.source_id, i.taken_at, i.band_id, i.stokes::text as stokes,
                m.peak_flux, m.peak_flux_err::double precision as peak_flux_err
            from (select distinct k.source_id from curve as k) as c
            inner join trap.curve_point as a
                on a.dataset_id = v_dataset_id and c.source_id = a.source_id and not a.inherited and not a.backfilled
            inner join trap_data.image as i on trap.image_of(a.measurement_id) = i.image_id and i.taken_at = any(v_times)
            inner join trap_data.measurement as m on m.dataset_id = v_dataset_id and a.measurement_id = m.measurement_id and m.usable
            order by c.source_id, i.taken_at, i.band_id, i.stokes, a.measurement_id desc
        )

        select
            c.source_id, c.band_id, c.stokes, t.taken_at, f.source_id is not null as fulfils, p.peak_flux, p.peak_flux_err,
            s.name, s.ra, s.dec
        from curve as c
        inner join (select distinct p.source_id, p.taken_at from point as p) as t on c.source_id = t.source_id
        inner join trap_data.source as s on s.dataset_id = v_dataset_id and c.source_id = s.source_id
        left join fulfils as f
            on c.source_id = f.source_id and c.band_id = f.band_id and c.stokes = f.stokes and t.taken_at = f.taken_at
        left join point as p
            on c.source_id = p.source_id and c.band_id = p.band_id and c.stokes = p.stokes and t.taken_at = p.taken_at
        order by c.source_id, c.band_id, c.stokes, t.taken_at
    loop
        if v_key is distinct from format('%s %s %s', v_row.source_id, v_row.band_id, v_row.stokes) then
            v_key := format('%s %s %s', v_row.source_id, v_row.band_id, v_row.stokes);
            v_is_open := false;
            v_flux := null;
        end if;
        if v_row.peak_flux is not null then
            v_flux := v_row.peak_flux;
            v_flux_err := v_row.peak_flux_err;
        end if;
        kind := case
            when v_row.fulfils and not v_is_open then 'initial'
            when not v_row.fulfils and v_is_open then 'ended'
            when
                v_row.fulfils and v_row.taken_at - v_told_at >= p_update_wait
                and trap.is_update(
                    v_told_flux, v_told_flux_err, v_row.peak_flux, v_row.peak_flux_err, p_update_factor, p_update_sigma
                )
                then 'update'
        end;
        if kind is not null then
            v_is_open := v_row.fulfils;
            v_told_flux := v_flux;
            v_told_flux_err := v_flux_err;
            v_told_at := v_row.taken_at;
            if v_row.taken_at > v_times[p_steps + 1] is not false then
                taken_at := v_row.taken_at;
                source_id := v_row.source_id;
                source_name := v_row.name;
                ra := v_row.ra;
                dec := v_row.dec;
                band_id := v_row.band_id;
                stokes := v_row.stokes;
                peak_flux := v_row.peak_flux;
                return next;
            end if;
        end if;
    end loop;
end;
$$;
comment on function trap.try_watch is
'What a watch would have told over the last so many time steps of a data set, in the order of its sources; nothing is written.';
