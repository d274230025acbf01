-- Says of which image another one is the difference. The difference is known by its file, which is named after that image and is in the
-- data set at most once.
-- reads: trap_data.image
-- writes: trap_data.difference
create function trap.add_difference(
    p_dataset text, p_path text, p_parent_image_id bigint, p_references_count integer,
    p_offset_east double precision, p_offset_north double precision, p_flux_ratio double precision
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
begin
    perform trap.lock_dataset(v_dataset_id);
    insert into trap_data.difference (
        dataset_id, digest, parent_id, parent_digest, references_count, offset_east, offset_north, flux_ratio
    )
    select i.dataset_id, i.digest, o.dataset_id, o.digest, p_references_count, p_offset_east, p_offset_north, p_flux_ratio
    from trap_data.image as i
    inner join trap_data.image as o on o.image_id = p_parent_image_id
    where i.dataset_id = v_dataset_id and i.path = p_path and i.status = 'accepted'
    order by i.image_id desc
    limit 1
    on conflict (dataset_id, digest) do nothing;
end;
$$;
comment on function trap.add_difference is
'Says that the image of data set p_dataset that was read from p_path is image p_parent_image_id less a reference, the mean of '
'p_references_count images [1], after it had been moved back by p_offset_east [deg] and p_offset_north [deg] and divided by '
'p_flux_ratio [1]. A file that is not in the data set, because it was refused, is passed over.';
