-- The mean of a Poisson distribution of which a number or less is drawn with a chance. With chance 1 - C it is the upper limit of
-- confidence C where so many were seen, -ln(1 - C) for none; with n - 1 and chance C the lower limit.
-- Source: Gehrels 1986, ApJ 303, 336, eqs. 1 and 2.
-- reads: nothing
-- writes: nothing
create function trap.poisson_mean(p_n integer, p_chance double precision) returns double precision
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_low double precision := 0::double precision;
    v_high double precision := 20 + p_n::double precision + 20 * sqrt(p_n::double precision);
    v_middle double precision;
    v_log double precision;
    v_sum double precision;
begin
    if not (p_n >= 0 and p_chance > 1e-8 and p_chance < 1) then
        raise exception 'no mean of % events or less with a chance of %: expected 0 or more, and a chance of 1e-8 to 1', p_n, p_chance
        using errcode = 'TR004';
    end if;
    for i in 1..50 loop
        v_middle := (v_low + v_high) / 2;
        v_log := -v_middle;
        v_sum := 0;
        for k in 0..p_n loop
            v_log := v_log + case k when 0 then 0 else ln(v_middle / k) end;
            v_sum := v_sum + exp(greatest(v_log, -700));
        end loop;
        if v_sum > p_chance then
            v_low := v_middle;
        else
            v_high := v_middle;
        end if;
    end loop;
    return (v_low + v_high) / 2;
end;
$$;
comment on function trap.poisson_mean is
'Mean [1] of a Poisson distribution of which p_n [1] events or fewer are seen with a chance of p_chance [1]: with 0.05 the upper limit at '
'95 % confidence.';
