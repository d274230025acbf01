-- Finishes a reference catalogue when its sources are there: refuses one without any, or with the same source twice; then makes its
-- table a partition, which builds the indexes, and takes the right to write to it back; at last says where it covers
-- the sky, and counts its sources by cells of it.
-- reads: trap_data.reference_catalogue, trap_data.reference_source (its partition)
-- writes: trap_data.reference_catalogue, trap_data.reference_density
create function trap.finish_reference_catalogue(
    p_catalogue_id integer, p_coverage text default null, p_if_filled boolean default false
) returns bigint
language plpgsql volatile security definer
set search_path from current
as $$
declare
    v_partition constant text := format('reference_source_%s', p_catalogue_id);
    v_count bigint;
    v_pm_max double precision;
    v_epoch_first double precision;
    v_epoch_last double precision;
    v_twins text;
begin
    perform from trap_data.reference_catalogue as c where c.catalogue_id = p_catalogue_id and c.n_sources is null;
    if not found then
        raise exception 'reference catalogue % is not being loaded', p_catalogue_id using errcode = 'TR003';
    end if;
    execute format(
        'select count(*), max(sqrt(s.pm_ra * s.pm_ra + s.pm_dec * s.pm_dec)), min(s.epoch), max(s.epoch) from trap_data.%I as s',
        v_partition
    ) into v_count, v_pm_max, v_epoch_first, v_epoch_last;
    if v_count = 0 then
        raise exception 'it holds no source' using errcode = 'TR004';
    end if;
    -- those at the same place first, which is what takes time
    execute format(
        'with crowded as materialized (select ra, dec from trap_data.%1$I group by ra, dec having count(*) > 1) '
        'select concat_ws('' '', ''rows'', min(s.reference_id), ''and'', max(s.reference_id), ''are the same source:'', '
        's.designation, ''at ra'', s.ra, ''dec'', s.dec) '
        'from trap_data.%1$I as s join crowded as c on s.ra = c.ra and s.dec = c.dec '
        'group by s.designation, s.ra, s.dec, s.flux, s.frequency having count(*) > 1 '
        'order by min(s.reference_id) limit 1', v_partition
    ) into v_twins;
    if v_twins is not null then
        raise exception '%', v_twins
        using errcode = 'TR004', hint = 'a reference catalogue has each source once: take one of them out';
    end if;
    update trap_data.reference_catalogue as c
    set
        n_sources = v_count, pm_max = v_pm_max,
        epoch_first = least(c.epoch_first, v_epoch_first), epoch_last = greatest(c.epoch_last, v_epoch_last)
    where c.catalogue_id = p_catalogue_id;
    execute format('revoke all on trap_data.%I from trapdb_operator', v_partition);
    execute format(
        'alter table trap_data.%I alter column catalogue_id drop default, '
        'add column pos spoint not null generated always as (spoint(radians(ra), radians(dec))) stored', v_partition
    );
    -- takes no lock that a reader of other catalogues, or a time step, waits for
    execute format(
        'alter table trap_data.reference_source attach partition trap_data.%I for values in (%s)', v_partition, p_catalogue_id
    );
    execute format('analyze trap_data.%I', v_partition);
    perform trap.cover_reference_catalogue(p_catalogue_id, p_coverage, p_if_filled);
    return v_count;
end;
$$;
comment on function trap.finish_reference_catalogue is
'Finishes a reference catalogue that was begun in this transaction and whose sources are there; returns their number. Its coverage is a '
'MOC as text, "all", "sources", or NULL where it is not known; that of a survey is taken only if the sources fill it.';
