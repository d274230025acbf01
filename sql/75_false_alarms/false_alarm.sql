-- The sources that were detected once only, which is what noise makes, the brightest first: how many as bright noise is expected to
-- make in the whole data set, and which share of the list down to here that is. With a rate of false discoveries, the longest list
-- whose share is below it.
-- Source: Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57, 289, eq. 1.
-- reads: trap.variability, trap.running_catalogue, trap.searched_image
-- writes: nothing
create function trap.false_alarm(p_dataset text, p_fdr double precision default null)
returns table (
    rank bigint, source_id bigint, name text, ra double precision, "dec" double precision, band_id bigint, stokes text,
    snr_max real, expected_false double precision, noise_chance double precision, false_share double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_elements double precision;
begin
    if not p_fdr between 0 and 1 then
        raise exception 'a false-discovery rate of % makes no sense: expected 0 to 1', p_fdr using errcode = 'TR004';
    end if;
    select sum(i.signs * i.elements) into v_elements
    from trap.searched_image as i
    where i.dataset_id = v_dataset_id;
    return query
    select *
    from (
        select
            found.rank, found.source_id, found.name, found.ra, found.dec, found.band_id, found.stokes, found.snr_max,
            found.expected_false, trap.noise_chance(found.expected_false),
            min(least(1, found.expected_false / found.rank)) over (order by found.rank desc) as false_share
        from (
            select
                row_number() over (order by v.snr_max desc, v.source_id) as rank,
                s.source_id, s.name, s.ra, s.dec, v.band_id, v.stokes, v.snr_max,
                trap.noise_peaks(v_elements, v.snr_max) as expected_false
            from trap.variability as v
            inner join trap.running_catalogue as s on s.dataset_id = v_dataset_id and v.source_id = s.source_id
            where v.dataset_id = v_dataset_id and v.n_blind = 1 and s.n_blind = 1 and v.snr_max is not null
        ) as found
    ) as listed
    where p_fdr is null or listed.false_share <= p_fdr
    order by listed.rank;
end;
$$;
comment on function trap.false_alarm is
'The sources of a data set that were detected once only, by S/N [1]: expected_false, the detections as bright or brighter that noise is '
'expected to make in all its images [1], noise_chance, the chance of one or more [1], and false_share, the expected share of false ones '
'among this source and all brighter [1]. With p_fdr, the longest list whose share is not above it.';
