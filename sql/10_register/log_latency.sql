-- Records when images came and how long they took.
-- reads: nothing
-- writes: trap_data.image_latency
create function trap.log_latency(
    p_image_ids bigint[], p_arrived_at timestamptz[], p_latency double precision[]
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into trap_data.image_latency (image_id, arrived_at, latency)
    select n.image_id, n.arrived_at, n.latency
    from unnest(p_image_ids, p_arrived_at, p_latency) as n (image_id, arrived_at, latency);
end;
$$;
comment on function trap.log_latency is
'Records when images came, and how long [s] each took until its time step was about to be committed.';
