-- Whether a figure keeps the bounds of a definition: {">=": 5, "<": 8}, all of which have to hold. Without bounds everything does.
-- Inlined where the bounds are known when a query is planned: what is not asked for is then no part of the plan.
-- reads: nothing
-- writes: nothing
create function trap.within(p_value double precision, p_bounds jsonb) returns boolean
language sql immutable parallel safe
return (p_bounds ->> '>=' is null or p_value >= (p_bounds ->> '>=')::double precision)
and (p_bounds ->> '>' is null or p_value > (p_bounds ->> '>')::double precision)
and (p_bounds ->> '<=' is null or p_value <= (p_bounds ->> '<=')::double precision)
and (p_bounds ->> '<' is null or p_value < (p_bounds ->> '<')::double precision)
and (p_bounds ->> '=' is null or p_value = (p_bounds ->> '=')::double precision);
comment on function trap.within is
'Whether a figure keeps bounds in its own unit, {">=": 5, "<": 8}; an unknown figure keeps none, and everything keeps those that are NULL.';
