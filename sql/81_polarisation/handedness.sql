-- The sense of circular polarisation. Positive V is right-handed: the electric vector turns with rising position angle, from north through
-- east, as the wave comes in. Papers on pulsars often have the opposite sign.
-- Source: IAU 1974, Transactions of the IAU 15B, 166; van Straten et al. 2010, PASA 27, 104.
-- reads: nothing
-- writes: nothing
create function trap.handedness(p_v double precision) returns text
language sql immutable parallel safe
return case when p_v > 0 then 'right' when p_v < 0 then 'left' end;
comment on function trap.handedness is 'right or left by the sign of Stokes V in the convention of the IAU; NULL for 0.';
