-- Which of these images the data set has already, and why those were rejected that were.
-- The two halves each have an index: one over all images would be read from end to end.
-- reads: trap_data.image, trap_data.quality_check
-- writes: nothing
create function trap.known_image(p_dataset_id integer, p_digests text[])
returns table (digest text, image_id bigint, status text, path text, failures text)
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
begin
    return query
    select
        k.digest, k.image_id, k.status::text, k.path,
        (
            select string_agg(q.detail, '; ' order by q.name)
            from trap_data.quality_check as q
            where q.image_id = k.image_id and not q.passed
        )
    from (
        select i.digest, i.image_id, i.status, i.path
        from trap_data.image as i
        where i.dataset_id = p_dataset_id and i.digest = any(p_digests) and i.status <> 'rewound'
        union all
        select i.digest, i.image_id, i.status, i.path
        from trap_data.image as i
        where i.dataset_id = p_dataset_id and i.digest = any(p_digests) and i.status = 'rewound'
    ) as k;
end;
$$;
comment on function trap.known_image is 'The images of a data set that have one of these digests; of rejected ones the checks that they failed.';
