-- Angle of linear polarisation, and its error to first order.
-- Source: Hamaker & Bregman 1996, A&AS 117, 161 (north through east, Q above 0 along north: the convention of the IAU).
-- reads: nothing
-- writes: nothing
create function trap.linear_angle(
    p_q double precision, p_u double precision, p_q_err double precision, p_u_err double precision,
    out angle double precision, out angle_err double precision
)
language sql immutable parallel safe
begin atomic
select
    degrees(atan2(p_u, p_q)) / 2 + case when p_u < 0 then 180 else 0 end,
    degrees(sqrt(power(p_u * p_q_err, 2) + power(p_q * p_u_err, 2)) / nullif(2 * (p_q * p_q + p_u * p_u), 0));
end;
comment on function trap.linear_angle is
'Angle of linear polarisation, north through east, 0 to below 180, and its error [deg], from Q and U and their errors [in one unit].';
