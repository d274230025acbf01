-- How sources compare with their field. What is usual there comes from trap.usual_variability.
-- reads: trap.variability
-- writes: nothing
create function trap.field_figures(p_dataset_id integer, p_source_ids bigint[], p_usual jsonb)
returns table (
    source_id bigint, band_id bigint, stokes text, eta_int_field_sigma double precision, v_int_field_sigma double precision
)
language plpgsql stable parallel safe strict
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
begin
    return query
    select
        v.source_id, v.band_id, v.stokes, (log(nullif(v.eta_int, 0)) - u.log_eta_mean) / nullif(u.log_eta_sigma, 0),
        (log(nullif(greatest(0, v.v_int), 0)) - u.log_v_mean) / nullif(u.log_v_sigma, 0)
    from trap.variability as v
    inner join jsonb_to_recordset(p_usual) as u (
        band_id bigint, stokes text, log_eta_mean double precision, log_eta_sigma double precision, log_v_mean double precision,
        log_v_sigma double precision
    ) on v.band_id = u.band_id and v.stokes = u.stokes
    where v.dataset_id = p_dataset_id and v.source_id = any(p_source_ids);
end;
$$;
comment on function trap.field_figures is
'How far the variability of sources lies above the usual one of their field, by band and Stokes parameter, as columns of trap.definition_column.';
