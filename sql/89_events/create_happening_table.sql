-- Makes the table in which write_events finds what happened to sources that are watched. It is temporary, as the stages' are, and made
-- only where something is watched.
-- reads: nothing
-- writes: pg_temp.happening
create function trap.create_happening_table() returns void
language plpgsql volatile
set search_path from current
set client_min_messages = warning
as $$
begin
    -- a table of this name that the caller made is not ours to drop: that fails
    drop table if exists pg_temp.happening;
    create temporary table happening (
        watch_id integer not null,
        kind text not null,
        source_id bigint not null,
        band_id bigint not null,
        stokes text not null,
        announced boolean not null,
        withheld boolean not null default false,
        episode_id bigint,
        previous_event_id bigint,
        figures jsonb,
        restored_event_id bigint
    ) on commit drop;
end;
$$;
comment on function trap.create_happening_table is 'Makes the table that hands what happened to sources to trap.write_events.';
