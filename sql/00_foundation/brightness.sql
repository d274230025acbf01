-- By how much a flux density counts as bright: where it has either sign, as in Stokes Q, U and V and in differences, by its size.
-- reads: nothing
-- writes: nothing
create function trap.brightness(p_either_sign boolean, p_flux double precision) returns double precision
language sql immutable parallel safe
return case when p_either_sign then abs(p_flux) else p_flux end;
comment on function trap.brightness is
'How bright a flux density is, in its own unit [as p_flux]: where it has either sign, without it.';
