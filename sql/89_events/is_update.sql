-- Has the peak flux density changed by so much since the last event that it is told?
-- reads: nothing
-- writes: nothing
create function trap.is_update(
    p_told double precision, p_told_err double precision, p_now double precision, p_now_err double precision,
    p_factor double precision, p_sigma double precision
) returns boolean
language sql immutable parallel safe
return coalesce(
    p_told > 0 and p_now > 0 and greatest(p_told, p_now) >= p_factor * least(p_told, p_now), false
)
or coalesce(abs(p_now - p_told) >= p_sigma * sqrt(p_told_err * p_told_err + p_now_err * p_now_err), false);
comment on function trap.is_update is
'Whether a peak flux density changed since the last event by a factor, of two that are positive, or by so many errors of the difference '
'[Jy/beam, sigma]; NULL: not for that.';
