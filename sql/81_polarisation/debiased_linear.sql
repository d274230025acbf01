-- Linearly polarised intensity without the part that noise adds, by the modified asymptotic estimator: never negative, and continuous.
-- With the angle phi of (Q, U), the bias comes from the noise across it, and the error from the noise along it.
-- Source: Plaszczynski et al. 2014, MNRAS 439, 4048, section 4.
-- reads: nothing
-- writes: nothing
create function trap.debiased_linear(
    p_q double precision, p_u double precision, p_q_err double precision, p_u_err double precision,
    out linear_flux double precision, out linear_err double precision
)
language plpgsql immutable parallel safe strict
set search_path = pg_catalog, pg_temp
as $$
declare
    v_square constant double precision := p_q * p_q + p_u * p_u;
    v_across constant double precision := (p_q * p_q * p_u_err * p_u_err + p_u * p_u * p_q_err * p_q_err) / nullif(v_square, 0);
begin
    linear_flux := coalesce(
        sqrt(v_square) - v_across * (1 - exp(greatest(-700, -v_square / v_across))) / (2 * sqrt(v_square)), 0
    );
    linear_err := coalesce(
        sqrt((p_q * p_q * p_q_err * p_q_err + p_u * p_u * p_u_err * p_u_err) / nullif(v_square, 0)), (p_q_err + p_u_err) / 2
    );
end;
$$;
comment on function trap.debiased_linear is
'Linearly polarised intensity, debiased, and its error, from Stokes Q and U and their errors, 1 sigma [as given]; NULL if one is.';
