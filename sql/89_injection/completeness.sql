-- Which share of what was injected into a data set was found: in all, by kind, and by brightness, timescale and place. A source that was
-- found within a beam (major axis, FWHM) of the place counts; with a definition one that fulfils it, with a threshold one that has a blind
-- measurement so significant.
-- Bins of brightness are half octaves, those of timescales half decades, those of place five rings of equal width.
-- reads: trap_data.injection, trap_data.source, trap.curve_point, trap_data.measurement
-- writes: nothing
create function trap.completeness(
    p_dataset text, p_definition text default null, p_snr_min double precision default null, p_kind text default null
)
returns table (
    quantity text, kind text, low double precision, high double precision, injected bigint, found bigint,
    recall double precision, recall_low double precision, recall_high double precision
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
as $$
#variable_conflict use_column
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_furthest double precision;
    v_chosen bigint[];
begin
    select max(i.centre_distance) into v_furthest
    from trap_data.injection as i
    where i.dataset_id = v_dataset_id and (p_kind is null or i.kind = p_kind);
    if not found or v_furthest is null then
        raise exception 'nothing%was injected into data set "%": `trapdb inject` does so',
            coalesce(' of kind ' || p_kind || ' ', ' '), p_dataset using errcode = 'TR004';
    end if;
    if p_definition is not null then
        select coalesce(array_agg(distinct t.source_id), '{}') into v_chosen
        from trap.transient_by_definition(p_definition, p_dataset) as t;
    end if;
    return query
    with judged as materialized (
        select
            i.kind, i.peak_snr, i.timescale, i.centre_distance,
            exists (
                select
                from trap_data.source as s
                where
                    s.dataset_id = v_dataset_id and s.n_blind > 0
                    and s.pos <@ scircle(spoint(radians(i.ra), radians(i.dec)), radians(i.beam_major))
                    and (v_chosen is null or s.source_id = any(v_chosen))
                    and (
                        p_snr_min is null
                        or exists (
                            select
                            from trap.curve_point as a
                            inner join trap_data.measurement as m
                                on m.dataset_id = v_dataset_id and a.measurement_id = m.measurement_id
                            where
                                a.dataset_id = v_dataset_id and not a.inherited and a.source_id = s.source_id
                                and m.kind = 'blind' and abs(m.snr) >= p_snr_min
                        )
                    )
            ) as is_found
        from trap_data.injection as i
        where i.dataset_id = v_dataset_id and (p_kind is null or i.kind = p_kind)
    ),

    binned as (
        select
            q.place, q.quantity, q.kind, q.low, q.high, j.is_found
        from judged as j
        cross join lateral (
            values
            (1, 'all', null, null::double precision, null::double precision),
            (2, 'kind', j.kind, null, null),
            (
                3, 'peak_snr', null,
                power(2, floor(2 * log(2, greatest(j.peak_snr, 1e-3)::numeric)::double precision) / 2),
                power(2, floor(2 * log(2, greatest(j.peak_snr, 1e-3)::numeric)::double precision + 1) / 2)
            ),
            (
                4, 'timescale', null,
                power(10, floor(2 * log(j.timescale)) / 2),
                power(10, (floor(2 * log(j.timescale)) + 1) / 2)
            ),
            (
                5, 'centre_distance', null,
                least(4, floor(5 * j.centre_distance / nullif(v_furthest, 0))) * v_furthest / 5,
                least(5, floor(5 * j.centre_distance / nullif(v_furthest, 0)) + 1) * v_furthest / 5
            )
        ) as q (place, quantity, kind, low, high)
        where q.place <= 2 or q.low is not null
    )

    select
        b.quantity, b.kind, b.low, b.high, b.injected, b.found,
        b.found::double precision / b.injected, w.low, w.high
    from (
        select
            c.place, c.quantity, c.kind, c.low, c.high, count(*) as injected, count(*) filter (where c.is_found) as found
        from binned as c
        group by c.place, c.quantity, c.kind, c.low, c.high
    ) as b
    cross join lateral trap.wilson_interval(b.found, b.injected) as w
    order by b.place, b.low, b.kind;
end;
$$;
comment on function trap.completeness is
'Which share [1] of what was injected into a data set was found, by p_definition if one is named, with a blind measurement of p_snr_min '
'[sigma] or more if that is given: a row for quantity all, for each kind, and for each bin from low to high of peak_snr [sigma], timescale '
'[s] and centre_distance [deg], with bounds of one sigma.';
