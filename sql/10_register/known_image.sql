-- Which of these images the data set has already.
-- The two halves each have an index: one over all images would be read from end to end.
-- reads: trap_data.image
-- writes: nothing
create function trap.known_image(p_dataset_id integer, p_digests text[])
returns table (digest text, image_id bigint, status text, path text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
begin
    return query
    select i.digest, i.image_id, i.status::text, i.path
    from trap_data.image as i
    where i.dataset_id = p_dataset_id and i.digest = any(p_digests) and i.status <> 'rewound'
    union all
    select i.digest, i.image_id, i.status::text, i.path
    from trap_data.image as i
    where i.dataset_id = p_dataset_id and i.digest = any(p_digests) and i.status = 'rewound';
end;
$$;
comment on function trap.known_image is 'The images of a data set that have one of these digests.';
