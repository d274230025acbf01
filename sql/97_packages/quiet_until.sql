-- Until when it is quiet, where it is at a time: quiet hours are those of a clock on the wall, which may pass midnight.
-- reads: nothing
-- writes: nothing
create function trap.quiet_until(p_from time, p_until time, p_zone text, p_at timestamptz) returns timestamptz
language sql stable parallel safe
return (
    select
        case
            when p_from < p_until and clock.t >= p_from and clock.t < p_until then (clock.day + p_until) at time zone p_zone
            when p_from > p_until and clock.t >= p_from then (clock.day + 1 + p_until) at time zone p_zone
            when p_from > p_until and clock.t < p_until then (clock.day + p_until) at time zone p_zone
        end
    from (select (p_at at time zone p_zone)::time as t, (p_at at time zone p_zone)::date as day) as clock
);
comment on function trap.quiet_until is 'Until when it is quiet, by quiet hours in a time zone, if it is at this time; else NULL.';
