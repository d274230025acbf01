-- Leakage of an image as a function of place, from the ratios of its bright sources: a polynomial of up to second degree, by least squares
-- with weights that leave out what stands off, as sources do that are polarised themselves. What the sources scatter about it beyond their
-- errors is leakage, too, that the polynomial does not describe. The degree is lower if there are fewer than ten sources a coefficient.
-- Source: Beaton & Tukey 1974, Technometrics 16, 147 (the weights); Holland & Welsch 1977, Commun. Stat. A 6, 813 (their tuning).
-- reads: nothing
-- writes: nothing
create function trap.leakage_fit(
    p_ratio double precision[], p_err double precision[], p_l double precision[], p_m double precision[], p_degree integer,
    out coefficients double precision[], out covariance double precision[], out scatter double precision
)
language plpgsql immutable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_n constant integer := cardinality(p_ratio);
    v_count constant integer := case
        when p_degree >= 2 and v_n >= 60 then 6
        when p_degree >= 1 and v_n >= 30 then 3
        when v_n >= 10 then 1
    end;
    v_unit double precision;
    v_degree double precision[];
    v_normal double precision[];
    v_product double precision[];
    v_last double precision[];
    v_wide double precision;
begin
    if v_count is null then
        return;
    end if;
    -- coordinates of order one, so that no power is lost beside another
    select coalesce(nullif(max(greatest(abs(x.l), abs(x.m))), 0), 1) into v_unit
    from unnest(p_l, p_m) as x (l, m);
    select array[percentile_cont(0.5) within group (order by x.ratio)], percentile_cont(0.5) within group (order by x.err)
    into coefficients, scatter
    from unnest(p_ratio, p_err) as x (ratio, err);
    coefficients := coefficients || array_fill(0::double precision, array[v_count - 1]);

    for v_round in 1..30 loop
        -- how wide the residuals are beyond their errors: half of them lie within 0.6745 sigma, each of its own. Where scatter is small
        -- the brightest source would outweigh all others, and it may be the polarised one: none counts more than the tenth does.
        select max(residual.excess) filter (where residual.below <= residual.every / 2) into v_wide
        from (
            select
                other.excess,
                sum(other.weight) over (order by other.excess, other.number) as below,
                sum(other.weight) over () as every
            from (
                select
                    x.number, power(x.ratio - fitted.value, 2) / 0.4549364 - x.err * x.err as excess,
                    least(x.weight, nth_value(x.weight, 10) over heaviest) as weight
                from (
                    select t.*, power(t.err * t.err + scatter * scatter, -2) as weight
                    from unnest(p_ratio, p_err, p_l, p_m) with ordinality as t (ratio, err, l, m, number)
                ) as x
                cross join lateral (
                    select sum(c.coefficient * c.term) as value
                    from unnest(coefficients, trap.leakage_terms(x.l / v_unit, x.m / v_unit, v_count)) as c (coefficient, term)
                ) as fitted
                window heaviest as (order by x.weight desc rows between unbounded preceding and unbounded following)
            ) as other
        ) as residual;
        scatter := sqrt(greatest(0, coalesce(v_wide, 0)) * v_n / (v_n - v_count));

        with source as materialized (
            select
                x.ratio, term.all_of, x.err * x.err + scatter * scatter as variance,
                (x.ratio - fitted.value) / sqrt(x.err * x.err + scatter * scatter) as off
            from unnest(p_ratio, p_err, p_l, p_m) as x (ratio, err, l, m)
            cross join lateral (select trap.leakage_terms(x.l / v_unit, x.m / v_unit, v_count) as all_of offset 0) as term
            cross join lateral (
                select sum(c.coefficient * c.term) as value
                from unnest(coefficients, term.all_of) as c (coefficient, term)
            ) as fitted
        ),

        weighted as materialized (
            select s.ratio, s.all_of, power(1 - power(s.off / 4.685, 2), 2) / s.variance as weight
            from source as s
            where abs(s.off) < 4.685
        )

        select
            (
                select array_agg(line.elements order by line.i)
                from (
                    select e.i, array_agg(e.element order by e.j) as elements
                    from (
                        select i.i, j.j, sum(w.weight * w.all_of[i.i] * w.all_of[j.j]) as element
                        from weighted as w
                        cross join generate_series(1, v_count) as i (i)
                        cross join generate_series(1, v_count) as j (j)
                        group by i.i, j.j
                    ) as e
                    group by e.i
                ) as line
            ),
            (
                select array_agg(e.element order by e.i)
                from (
                    select i.i, sum(w.weight * w.all_of[i.i] * w.ratio) as element
                    from weighted as w
                    cross join generate_series(1, v_count) as i (i)
                    group by i.i
                ) as e
            )
        into v_normal, v_product;
        covariance := trap.inverse_matrix(v_normal);
        if covariance is null then
            coefficients := null;
            scatter := null;
            return;
        end if;
        v_last := coefficients;
        coefficients := array(
            select sum(covariance[i.i][j.j] * v_product[j.j] order by j.j)
            from generate_series(1, v_count) as i (i)
            cross join generate_series(1, v_count) as j (j)
            group by i.i
            order by i.i
        );
        exit when not exists (
            select
            from generate_series(1, v_count) as i (i)
            where abs(coefficients[i.i] - v_last[i.i]) > 1e-2 * sqrt(covariance[i.i][i.i])
        );
    end loop;

    -- back to the coordinates that were given
    v_degree := trap.leakage_terms(1 / v_unit, 1 / v_unit, v_count);
    for i in 1..v_count loop
        coefficients[i] := coefficients[i] * v_degree[i];
        for j in 1..v_count loop
            covariance[i][j] := covariance[i][j] * v_degree[i] * v_degree[j];
        end loop;
    end loop;
end;
$$;
comment on function trap.leakage_fit is
'Leakage as a polynomial of the place, from ratios to Stokes I with errors [1] at direction cosines [1]: its coefficients in the order of '
'trap.leakage_terms, their covariance, and the scatter about it beyond the errors, 1 sigma [1]; NULL with fewer than ten.';
