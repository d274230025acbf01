-- The sources around a source, nearest first, with the largest of their mean peak fluxes. A beam is the major axis of that of the image
-- in which the source was founded; of a monitored position, of the data set's last image.
-- reads: trap_data.source, trap_data.source_flux, trap_data.image
-- writes: nothing
create function trap.neighbours(p_source_id bigint, p_beams double precision default 5)
returns table (
    source_id bigint, name text, ra double precision, "dec" double precision, separation_arcsec double precision,
    separation_beams double precision, n_blind integer, n_forced integer, peak_flux double precision, monitored boolean
)
language plpgsql stable parallel safe security definer
set search_path from current
set plan_cache_mode = force_custom_plan
set jit = off
set enable_seqscan = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of_source(p_source_id);
    v_ra double precision;
    v_dec double precision;
    v_beam double precision;
begin
    if not (p_beams >= 0 and p_beams < 'infinity') then
        raise exception 'no neighbours within % beams: expected 0 or more', p_beams using errcode = 'TR004';
    end if;
    select s.ra, s.dec into v_ra, v_dec from trap_data.source as s
    where s.dataset_id = v_dataset_id and s.source_id = p_source_id;
    select i.beam_major into v_beam
    from trap_data.image as i
    where i.image_id = trap.image_of(p_source_id) and i.status = 'accepted';
    if not found then
        select i.beam_major into v_beam
        from trap_data.image as i
        where trap.is_in_dataset(i.image_id, v_dataset_id) and i.status = 'accepted'
        order by i.image_id desc
        limit 1;
    end if;
    return query
    select
        s.source_id, s.name, s.ra, s.dec, around.separation * 3600, around.separation / v_beam, s.n_blind, s.n_forced,
        (
            select max(trap.brightness(f.either_sign, f.peak_weighted_mean)) from trap_data.source_flux as f
            where f.dataset_id = v_dataset_id and f.source_id = s.source_id
        ),
        s.monitored
    from trap_data.source as s
    cross join lateral (
        select trap.angular_separation(v_ra, v_dec, s.ra, s.dec) as separation offset 0
    ) as around
    where
        s.dataset_id = v_dataset_id
        and s.source_id <> p_source_id
        -- the indexed position may lag behind the mean by 3 arcsec, and pgSphere rounds to 0.2 mas
        and s.pos <@ scircle(spoint(radians(v_ra), radians(v_dec)), radians(least(90, p_beams * v_beam + 3.001 / 3600)))
        and around.separation <= p_beams * v_beam
    order by around.separation, s.source_id;
end;
$$;
comment on function trap.neighbours is
'The sources within so many beams (FWHM, 5) of a source, nearest first: positions and separations [deg, arcsec, beams], and the largest of '
'their weighted mean peak flux densities [Jy/beam].';
