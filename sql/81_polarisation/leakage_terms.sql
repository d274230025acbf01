-- The terms of a polynomial in the direction cosines about the centre of an image: 1, those of first degree, those of second.
-- reads: nothing
-- writes: nothing
create function trap.leakage_terms(p_l double precision, p_m double precision, p_count integer) returns double precision[]
language sql immutable parallel safe
return (array[1, p_l, p_m, p_l * p_l, p_l * p_m, p_m * p_m])[1:p_count];
comment on function trap.leakage_terms is
'The first p_count (1, 3 or 6) terms of a polynomial in two coordinates: 1, l, m, l^2, l m, m^2 [as the coordinates].';
