-- The band of a data set at a frequency, to a thousandth of it; without a frequency the only one. Of bands without accepted images in
-- Stokes I there are no flux densities that could be compared with other catalogues.
-- reads: trap_data.band, trap_data.image, trap_data.dataset
-- writes: nothing
create function trap.band_at(p_dataset_id integer, p_frequency double precision) returns bigint
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
    v_name text;
    v_bands bigint[];
    v_all text;
begin
    select d.name into v_name from trap_data.dataset as d where d.dataset_id = p_dataset_id;
    select
        array_agg(b.band_id) filter (
            where
            p_frequency is null
            or p_frequency between b.freq_low and b.freq_high or abs(p_frequency - b.freq_central) <= 1e-3 * b.freq_central
        ),
        string_agg(format('%s MHz', round((b.freq_central / 1e6)::numeric, 3)), ', ' order by b.freq_central)
    into v_bands, v_all
    from trap_data.band as b
    where
        b.dataset_id = p_dataset_id
        and exists (
            select from trap_data.image as i
            where i.dataset_id = p_dataset_id and i.band_id = b.band_id and i.stokes = 'I' and i.status = 'accepted'
        );
    if v_all is null then
        raise exception 'the data set "%" has no images in Stokes I', v_name using errcode = 'TR004';
    elsif v_bands is null then
        raise exception 'the data set "%" has no band at % MHz: it has %', v_name, p_frequency / 1e6, v_all using errcode = 'TR004';
    elsif cardinality(v_bands) > 1 then
        raise exception 'the data set "%" has bands at %: say a frequency of one of them', v_name, v_all using errcode = 'TR004';
    end if;
    return v_bands[1];
end;
$$;
comment on function trap.band_at is 'The band of a data set at a frequency [Hz]; NULL: the only one.';
