-- The chance that chi squared reaches a value: the regularised incomplete gamma function Q(degrees / 2, chi squared / 2), by the
-- uniform expansion to its second term; of one degree of freedom that of a normal deviate, either side. Good to 1 %, however small.
-- Source: Temme 1979, SIAM J. Math. Anal. 10, 757, eq. 1.4 and section 3.
-- reads: nothing
-- writes: nothing
create function trap.chi_squared_tail(p_degrees integer, p_chi_squared double precision) returns double precision
language plpgsql immutable parallel safe strict
set search_path = pg_catalog, pg_temp
as $$
declare
    v_a constant double precision := p_degrees / 2::double precision;
    v_mu double precision;
    v_eta double precision;
    v_series double precision;
begin
    if p_degrees < 1 or p_chi_squared <= 0 then
        return 1::double precision;
    elsif p_degrees = 1 then
        return 2 * trap.normal_tail(sqrt(p_chi_squared));
    end if;
    v_mu := p_chi_squared / (2 * v_a) - 1;
    v_eta := sign(v_mu) * sqrt(2 * greatest(0, v_mu - ln(1 + v_mu)));
    -- the terms' poles at 0 cancel each other; so would their digits
    v_series := case
        when abs(v_eta) < 0.01 then -1 / 3.0 + v_eta / 12 + (-1 / 540.0 - v_eta / 288) / v_a
        else 1 / v_mu - 1 / v_eta + (1 / v_eta ^ 3 - 1 / v_mu ^ 3 - 1 / v_mu ^ 2 - 1 / (12 * v_mu)) / v_a
    end;
    return trap.normal_tail(v_eta * sqrt(v_a))
    + exp(greatest(-700, -v_a * v_eta * v_eta / 2)) / sqrt(2 * pi() * v_a) * v_series;
end;
$$;
comment on function trap.chi_squared_tail is
'Chance [1] that chi squared with these degrees of freedom reaches a value or more; 1 without any degree of freedom.';
