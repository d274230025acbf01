-- Limits the time of each statement in the rest of the transaction: the server gives up what takes longer.
-- reads: nothing
-- writes: nothing
create function trap.limit_time(p_seconds double precision) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
    if not p_seconds between 0 and 2e6 then
        raise exception 'a time limit of % s makes no sense: expected 0 (none) to 2e6', p_seconds using errcode = 'TR004';
    end if;
    perform set_config('statement_timeout', (p_seconds * 1000)::integer::text, true);
end;
$$;
comment on function trap.limit_time is 'Limits the time of each statement in the rest of the transaction [s]; 0 is no limit.';
