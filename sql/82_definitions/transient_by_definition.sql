-- The transients by a definition, of one data set or of all, one after the other: one row a source and band, with the figures by which it
-- may be judged. The definition's conditions become bounds, which trap.fulfilled_by applies.
-- reads: trap.definition_condition, trap.dataset, trap.variability, trap.new_source, trap.running_catalogue, trap.searched_image,
--   trap.image
-- writes: nothing
create function trap.transient_by_definition(
    p_name text, p_dataset text default null, p_source_ids bigint[] default null, p_conditions jsonb default null
)
returns table (
    dataset text, source_id bigint, name text, ra double precision, "dec" double precision, band_id bigint, stokes text,
    n integer, n_blind integer, int_flux_mean double precision, v_int double precision, eta_int double precision,
    eta_int_significance double precision, eta_int_field_sigma double precision, v_int_field_sigma double precision,
    other_band_significance double precision, snr_max real, peak_flux_max double precision, max_significance double precision,
    rest_eta_significance double precision, eta_peak_significance double precision, trend_significance double precision,
    margin_worst double precision, margin_local double precision, before_significance double precision, siblings integer,
    noise_chance double precision, first_seen timestamptz, last_seen timestamptz
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_bounds jsonb;
    v_class_bounds jsonb;
    v_contradicts boolean;
    v_is_named boolean;
    v_only_dataset_id integer;
    v_dataset_id integer;
    v_elements double precision;
    v_source_ids bigint[];
    v_band_ids bigint[];
    v_stokes text[];
    v_eta_sigmas double precision[];
    v_v_sigmas double precision[];
begin
    if p_conditions is not null then
        perform trap.require_conditions('the query', p_conditions);
    end if;
    -- of several bounds on one side the tightest holds, and nothing is two things at once
    select jsonb_object_agg(b.column_name, b.bounds), coalesce(bool_or(b.contradicts), false), coalesce(bool_or(b.is_named), false)
    into v_bounds, v_contradicts, v_is_named
    from (
        select
            c.column_name, jsonb_object_agg(c.comparison, c.value) as bounds, bool_or(c.contradicts) as contradicts,
            bool_or(c.is_named) as is_named
        from (
            select
                d.column_name, d.comparison,
                coalesce(
                    to_jsonb(case when d.comparison in ('<', '<=') then min(d.value) else max(d.value) end), to_jsonb(max(d.text_value))
                ) as value,
                d.comparison = '=' and (min(d.value) < max(d.value) or min(d.text_value) <> max(d.text_value)) is true as contradicts,
                bool_or(d.is_named) as is_named
            from (
                select n.column_name, n.comparison, n.value, n.text_value, true as is_named
                from trap.definition_condition as n
                where n.name = p_name
                union all
                select
                    a.condition ->> 'column', a.condition ->> 'comparison',
                    case when jsonb_typeof(a.condition -> 'value') = 'number' then (a.condition ->> 'value')::double precision end,
                    case when jsonb_typeof(a.condition -> 'value') = 'string' then a.condition ->> 'value' end, false
                from jsonb_array_elements(p_conditions) as a (condition)
            ) as d
            group by d.column_name, d.comparison
        ) as c
        group by c.column_name
    ) as b;
    if p_name is null and p_conditions is null then
        raise exception 'neither a definition nor conditions are given: transients are what fulfils one or the other' using errcode = 'TR004';
    elsif v_is_named is distinct from (p_name is not null) then
        raise exception 'there is no definition of transients named "%": `trapdb definition list` and trap.transient_definition list them', p_name
        using errcode = 'TR004';
    end if;
    -- there are as many of these as there are classes
    v_class_bounds := (select jsonb_object_agg(b.key, b.value) from jsonb_each(v_bounds) as b where b.key like 'probability\_%');
    if v_contradicts then
        return;
    end if;
    if p_dataset is not null then
        v_only_dataset_id := trap.dataset_id_of(p_dataset);
    end if;

    for v_dataset_id in
        select d.dataset_id from trap.dataset as d
        where v_only_dataset_id is null or d.dataset_id = v_only_dataset_id
        order by d.dataset_id
    loop
        -- light curves of Stokes I alone are not read to find that nothing in them is polarised
        continue when
            v_bounds ?| array['circular_fraction', 'circular_significance', 'linear_over_i', 'polarisation_change_significance']
            and not exists (select from trap.image as i where i.dataset_id = v_dataset_id and i.stokes <> 'I');
        v_elements := null;
        if v_bounds ? 'noise_chance' then
            v_elements := (select sum(i.signs * i.elements) from trap.searched_image as i where i.dataset_id = v_dataset_id);
        end if;

        select
            array_agg(f.source_id), array_agg(f.band_id), array_agg(f.stokes),
            array_agg(f.eta_int_field_sigma), array_agg(f.v_int_field_sigma)
        into v_source_ids, v_band_ids, v_stokes, v_eta_sigmas, v_v_sigmas
        from trap.fulfilled_by(v_dataset_id, v_bounds, v_class_bounds, v_elements, p_source_ids) as f;

        -- in most time steps nothing is found, and nothing else need be looked at
        continue when v_source_ids is null;
        if v_elements is null then
            v_elements := (select sum(i.signs * i.elements) from trap.searched_image as i where i.dataset_id = v_dataset_id);
        end if;
        return query
        select
            s.dataset, s.source_id, s.name, s.ra, s.dec, v.band_id, v.stokes,
            v.n, v.n_blind, v.int_flux_mean, v.v_int, v.eta_int, v.eta_int_significance, p.eta_sigma, p.v_sigma,
            other.significance, v.snr_max, v.peak_flux_max, v.max_significance, v.rest_eta_significance, v.eta_peak_significance,
            v.trend_significance, n.margin_worst, n.margin_local, n.before_significance, n.siblings,
            trap.noise_chance(trap.noise_peaks(v_elements, v.snr_max)), s.first_seen, s.last_seen
        from unnest(v_source_ids, v_band_ids, v_stokes, v_eta_sigmas, v_v_sigmas) as p (source_id, band_id, stokes, eta_sigma, v_sigma)
        inner join trap.variability as v
            on v.dataset_id = v_dataset_id and p.source_id = v.source_id and p.band_id = v.band_id and p.stokes = v.stokes
        inner join trap.running_catalogue as s on s.dataset_id = v_dataset_id and p.source_id = s.source_id
        left join trap.new_source as n
            on n.dataset_id = v_dataset_id and p.source_id = n.source_id and p.band_id = n.band_id and p.stokes = n.stokes
        cross join lateral (
            select max(o.eta_int_significance) as significance
            from trap.variability as o
            where o.dataset_id = v_dataset_id and o.source_id = p.source_id and (o.band_id, o.stokes) <> (p.band_id, p.stokes)
        ) as other
        where trap.within(other.significance, v_bounds -> 'other_band_significance')
        order by v.max_significance desc nulls last, v.source_id, v.band_id, v.stokes;
    end loop;
end;
$$;
comment on function trap.transient_by_definition is
'The sources that fulfil a definition of trap.transient_definition, in one data set or, without a name, in each of the archive; of '
'these sources or, without ids, of all; with conditions beside it, in the form of trap.store_definition, those that fulfil them, too, and '
'without a name these alone. One row a source, band and Stokes parameter, those whose brightest point stands out most first. '
'Columns as in trap.variability, trap.new_source and trap.definition_column; the figures of the field are computed only if the definition asks for them.';
