-- The responders that are known, and what holds them back.
-- reads: trap_data.responder
-- writes: nothing
create function trap.responders() returns setof trap_data.responder
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query select r.* from trap_data.responder as r order by r.responder;
end;
$$;
comment on function trap.responders is 'The responders of which there were packages, or that were limited or held, and what they may; *: what is held for all.';
