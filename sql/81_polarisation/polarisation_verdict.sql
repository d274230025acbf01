-- What polarisation says of one source in one band and Stokes parameter, for a list of few: planned for its data set alone.
-- reads: trap.polarisation_summary, trap.variability
-- writes: nothing
create function trap.polarisation_verdict(
    p_source_id bigint, p_band_id bigint, p_stokes text,
    out v_over_i double precision, out linear_over_i double precision,
    out circular_significance double precision, out polarisation_change_significance double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of_source(p_source_id);
begin
    -- without a point in Q, U or V there is nothing to read all points for
    perform from trap.variability as v
    where v.dataset_id = v_dataset_id and v.source_id = p_source_id and v.band_id = p_band_id and v.stokes <> 'I';
    if not found then
        return;
    end if;
    select
        p.v_over_i, p.linear_over_i, p.circular_significance,
        case p_stokes
            when 'Q' then p.q_change_significance when 'U' then p.u_change_significance when 'V' then p.v_change_significance
        end
    into v_over_i, linear_over_i, circular_significance, polarisation_change_significance
    from trap.polarisation_summary as p
    where p.dataset_id = v_dataset_id and p.source_id = p_source_id and p.band_id = p_band_id;
end;
$$;
comment on function trap.polarisation_verdict is
'Of a source in a band: V over I and the linear share of I [1], the significance of V beyond leakage, and that of a change of the share of a '
'Stokes parameter [sigma]; NULL where there are no images of it.';
