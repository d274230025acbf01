-- Which of these images the data set has already.
-- reads: trap_data.image
-- writes: nothing
create function trap.known_image(p_dataset_id integer, p_digests text[])
returns table (digest text, image_id bigint, status text, path text)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select i.digest, i.image_id, i.status::text, i.path
    from trap_data.image as i
    where i.dataset_id = p_dataset_id and i.digest = any(p_digests);
end;
$$;
comment on function trap.known_image is 'The images of a data set that have one of these digests.';
