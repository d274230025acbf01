-- How much of Stokes I an image of Q, U or V shows at a place, and how surely that is known: the polynomial, with its own error and the
-- scatter about it in quadrature.
-- reads: nothing
-- writes: nothing
create function trap.leakage_at(
    p_coefficients double precision[], p_covariance double precision[], p_scatter double precision,
    p_l double precision, p_m double precision, out leakage double precision, out leakage_err double precision
)
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_term double precision[];
    v_variance double precision := p_scatter * p_scatter;
begin
    if p_coefficients is null then
        return;
    end if;
    v_term := trap.leakage_terms(p_l, p_m, array_length(p_coefficients, 1));
    leakage := 0;
    for i in 1..array_length(v_term, 1) loop
        leakage := leakage + p_coefficients[i] * v_term[i];
        for j in 1..array_length(v_term, 1) loop
            v_variance := v_variance + p_covariance[i][j] * v_term[i] * v_term[j];
        end loop;
    end loop;
    leakage_err := sqrt(v_variance);
end;
$$;
comment on function trap.leakage_at is
'Leakage as a share of Stokes I, and its error, 1 sigma [1], at direction cosines about the centre of the image [1]; NULL where unknown.';
