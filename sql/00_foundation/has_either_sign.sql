-- Whether flux densities of an image have either sign: those of Stokes Q, U and V, and of Stokes I in differences, by which both signs were
-- looked for. In images of Q, U and V from before that was done the flux densities have either sign, too.
-- reads: nothing
-- writes: nothing
create function trap.has_either_sign(p_stokes text, p_signed boolean) returns boolean
language sql immutable parallel safe
return p_signed or p_stokes <> 'I';
comment on function trap.has_either_sign is
'Whether flux densities of an image have either sign, by its Stokes parameter and whether both signs were looked for.';
