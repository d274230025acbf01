-- The time step that is open in this transaction; refuses to go on without one.
-- reads: pg_temp.time_step
-- writes: nothing
create function trap.require_time_step(
    out dataset_id integer, out taken_at timestamptz, out first_image_id bigint
)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    -- made by begin_time_step, thus owned by the owner of these routines: a table of the caller's does not count
    perform from pg_class as c where c.oid = to_regclass('pg_temp.time_step') and c.relowner = current_user::regrole;
    if not found then
        raise exception 'no time step is open: call trap.begin_time_step in the same transaction first' using errcode = 'TR003';
    end if;
    select s.dataset_id, s.taken_at, s.first_image_id into dataset_id, taken_at, first_image_id
    from pg_temp.time_step as s;
end;
$$;
comment on function trap.require_time_step is 'The open time step: data set, time and first image id; refuses if there is none (TR003).';
