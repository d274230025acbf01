-- The jobs of a queue, the last ones first.
-- reads: trap_data.job
-- writes: nothing
create function trap.jobs_of(p_queue text, p_states text[], p_after timestamptz, p_limit integer)
returns setof trap_data.job
language plpgsql stable parallel safe security definer
set search_path from current
as $$
begin
    perform trap.require_queue(p_queue);
    return query
    select j.*
    from trap_data.job as j
    where
        j.queue = p_queue and (p_states is null or j.state = any(p_states)) and (p_after is null or j.created_at > p_after)
    order by j.number desc
    limit p_limit;
end;
$$;
comment on function trap.jobs_of is
'The jobs of a queue, those that came last first: of some states if these are given, created after a time if one is given, and no more than so many.';
