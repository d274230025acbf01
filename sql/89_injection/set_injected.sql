-- Says that the copy of an image, in the open time step, is not that image any more, since sources were injected among its measurements:
-- its file must not be taken for it.
-- reads: trap_data.dataset
-- writes: trap_data.image
create function trap.set_injected(p_image_id bigint, p_digest text) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_step record;
begin
    v_step := trap.require_time_step();
    perform from trap_data.dataset as d where d.dataset_id = v_step.dataset_id and d.tense = 'injected';
    if not found or p_image_id < v_step.first_image_id or trap.dataset_of(p_image_id) <> v_step.dataset_id then
        raise exception 'image % is not an image of the open time step of an injected data set', p_image_id using errcode = 'TR003';
    end if;
    update trap_data.image as i set digest = p_digest where i.image_id = p_image_id;
end;
$$;
comment on function trap.set_injected is
'Gives the copy of an image in the open time step a digest of its own, by which its file is not taken for it.';
