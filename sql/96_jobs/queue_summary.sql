-- How the queues are: how many jobs of each state there are, and whether any wait for long, or lost their worker.
-- reads: trap_data.job
-- writes: nothing
create function trap.queue_summary()
returns table (queue text, state text, jobs bigint, lost bigint, oldest_at timestamptz, last_error text)
language plpgsql stable parallel safe security definer
set search_path from current
as $$
begin
    return query
    select
        j.queue, j.state, count(*), count(*) filter (where j.lease_until < clock_timestamp()), min(j.created_at),
        (array_agg(j.error order by j.number desc) filter (where j.error is not null))[1]
    from trap_data.job as j
    group by j.queue, j.state
    order by j.queue, j.state;
end;
$$;
comment on function trap.queue_summary is
'How the queues are: jobs of each state, how many of them lost their worker and wait to be taken again, since when the oldest is there, and the last error.';
