-- Whether two numbers differ by more than the rounding of sums.
-- reads: nothing
-- writes: nothing
create function trap.differs(p_stored double precision, p_recomputed double precision, p_scale double precision) returns boolean
language sql immutable parallel safe
return coalesce(abs(p_stored - p_recomputed) > 1e-9 * abs(p_scale), p_stored is distinct from p_recomputed);
comment on function trap.differs is
'Whether two numbers differ by more than 1e-9 of a scale, or one of them is unknown.';
