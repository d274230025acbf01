-- Whether two sources are known to be two: each was found by a measurement of its own in one and the same image. One that an image
-- with bad astrometry founded beside the real one never was. Looked up where either was founded and where it was last found, which
-- costs the same whatever came before.
-- reads: trap_data.source, trap_data.association, trap_data.curve_stretch
-- writes: nothing
create function trap.found_together(p_source_id bigint, p_other_id bigint) returns boolean
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_of_source(p_source_id);
begin
    return exists (
        select
        from (
            select trap.image_of(s.source_id) as image_id
            from trap_data.source as s
            where s.dataset_id = v_dataset_id and s.source_id in (p_source_id, p_other_id)
            union
            select s.last_blind_image_id
            from trap_data.source as s
            where s.dataset_id = v_dataset_id and s.source_id in (p_source_id, p_other_id)
        ) as i
        cross join lateral (
            select a.measurement_id
            from trap.point_in_image(p_source_id, i.image_id) as a
            where a.kind <> 'null_detection'
            offset 0
        ) as one
        cross join lateral (
            select a.measurement_id
            from trap.point_in_image(p_other_id, i.image_id) as a
            where a.kind <> 'null_detection'
            offset 0
        ) as other
        where one.measurement_id <> other.measurement_id
    );
end;
$$;
comment on function trap.found_together is
'Whether two sources were found by a measurement each in one image: of those that founded either and in which it was last found.';
