-- How many sigma eta lies above what a steady source gives: the cube root of a reduced chi squared is nearly normal.
-- Source: Wilson & Hilferty 1931, PNAS 17, 684.
-- reads: nothing
-- writes: nothing
create function trap.eta_significance(p_n integer, p_eta double precision) returns double precision
language sql immutable parallel safe
return case
    when p_n > 1 then (cbrt(p_eta) - (1 - 2 / (9 * (p_n - 1)::double precision))) / sqrt(2 / (9 * (p_n - 1)::double precision))
    else 0
end;
comment on function trap.eta_significance is
'Significance [sigma] of eta for a steady source with n points, as that of a normal deviate with the same chance; 0 for one point.';
