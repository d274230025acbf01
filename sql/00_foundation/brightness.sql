-- By how much a flux density counts as bright: of Stokes I by its value, of Q, U and V, which have either sign, by its size.
-- reads: nothing
-- writes: nothing
create function trap.brightness(p_stokes text, p_flux double precision) returns double precision
language sql immutable parallel safe
return case when p_stokes = 'I' then p_flux else abs(p_flux) end;
comment on function trap.brightness is
'How bright a flux density of a Stokes parameter is, in its own unit [as p_flux]: that of I itself, of Q, U and V without the sign.';
