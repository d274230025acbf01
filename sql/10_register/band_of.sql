-- The band of an image: the first one of the data set that overlaps the image's own, else a new one.
-- Touching edges do not overlap, nor what is less than a thousandth of the narrower one: headers hold rounded frequencies.
-- A band whose limits are the image's own is the same also where the bandwidth is not known and so has no width to overlap.
-- reads: trap_data.band, trap_data.dataset
-- writes: trap_data.band, trap_data.dataset
create function trap.band_of(p_dataset_id integer, p_freq_eff double precision, p_bandwidth double precision) returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_half_width double precision;
    v_band_id bigint;
begin
    select coalesce(nullif(d.bandwidth_max, 0), p_bandwidth, 0) / 2 into v_half_width
    from trap_data.dataset as d
    where d.dataset_id = p_dataset_id;

    select b.band_id into v_band_id
    from trap_data.band as b
    where
        b.dataset_id = p_dataset_id
        and (
            least(b.freq_high, p_freq_eff + v_half_width) - greatest(b.freq_low, p_freq_eff - v_half_width)
            > 0.001 * least(b.freq_high - b.freq_low, 2 * v_half_width)
            or (b.freq_low = p_freq_eff - v_half_width and b.freq_high = p_freq_eff + v_half_width)
        )
    order by b.band_id
    limit 1;
    if found then
        return v_band_id;
    end if;

    update trap_data.dataset as d
    set band_count = d.band_count + 1
    where d.dataset_id = p_dataset_id
    returning trap.numbered_id(p_dataset_id, d.band_count) into v_band_id;
    insert into trap_data.band (band_id, dataset_id, freq_central, freq_low, freq_high)
    values (v_band_id, p_dataset_id, p_freq_eff, p_freq_eff - v_half_width, p_freq_eff + v_half_width);
    return v_band_id;
end;
$$;
comment on function trap.band_of is 'The band of an image with this frequency and bandwidth [Hz]; made if there is none.';
