-- Bands that hold images of one time only though the data set has gone on, because their images state no bandwidth and the next one was at
-- another frequency: no source can vary in them.
-- reads: trap_data.band, trap_data.image
-- writes: nothing
create function trap.lone_band(p_dataset_id integer)
returns table (band_id bigint, freq_central double precision, taken_at timestamptz)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
begin
    return query
    select b.band_id, b.freq_central, min(i.taken_at)
    from trap_data.band as b
    inner join trap_data.image as i on b.band_id = i.band_id
    where b.dataset_id = p_dataset_id and i.dataset_id = p_dataset_id and b.freq_low = b.freq_high and i.status = 'accepted'
    group by b.band_id, b.freq_central
    having count(distinct i.taken_at) = 1
    order by b.band_id;
end;
$$;
comment on function trap.lone_band is
'The bands of a data set, of images without a bandwidth, that hold accepted images of one time only: frequency [Hz] and that time.';
