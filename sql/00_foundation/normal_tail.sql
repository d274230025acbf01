-- The chance that a normal deviate exceeds a value, to a relative accuracy of 2e-7 however small it is.
-- Source: Press et al. 1992, Numerical Recipes, section 6.2 (Chebyshev fit to the complementary error function).
-- reads: nothing
-- writes: nothing
create function trap.normal_tail(p_deviate double precision) returns double precision
language plpgsql immutable parallel safe strict
set search_path = pg_catalog, pg_temp
as $$
declare
    v_x constant double precision := abs(p_deviate) / sqrt(2::double precision);
    v_t constant double precision := 1 / (1 + v_x / 2);
    -- below e^-700 PostgreSQL refuses the result as an underflow
    v_tail constant double precision := v_t / 2 * exp(greatest(
        -700,
        -v_x * v_x - 1.26551223 + v_t * (1.00002368 + v_t * (0.37409196 + v_t * (0.09678418 + v_t * (-0.18628806 + v_t
        * (0.27886807 + v_t * (-1.13520398 + v_t * (1.48851587 + v_t * (-0.82215223 + v_t * 0.17087277))))))))
    ));
begin
    return case when p_deviate >= 0 then v_tail else 1 - v_tail end;
end;
$$;
comment on function trap.normal_tail is 'Chance [1] that a normal deviate exceeds a value, given in standard deviations.';
