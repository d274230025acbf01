-- Asks for the sources of the open time step to be classified, if there is a classifier for the data set: a worker does that later.
-- reads: pg_temp.seen, trap_data.image, trap_data.measurement
-- writes: nothing
create function trap.request_classification() returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
as $$
declare
    v_step constant record := trap.require_time_step();
    v_classifier constant text := trap.active_classifier(v_step.dataset_id);
    v_last_image_id bigint;
begin
    if v_classifier is null then
        return null;
    end if;
    select max(i.image_id) into v_last_image_id
    from trap_data.image as i
    where i.image_id >= v_step.first_image_id and trap.is_in_dataset(i.image_id, v_step.dataset_id) and i.status = 'accepted';
    if v_last_image_id is null then
        return null;
    end if;
    perform trap.add_job(
        'classification',
        jsonb_build_object(
            'classifier', v_classifier, 'known_image_id', v_last_image_id,
            'source_ids', (
                select coalesce(jsonb_agg(t.source_id order by t.source_id), '[]')
                from (
                    select f.source_id from pg_temp.seen as f
                    union
                    select m.forced_for
                    from trap_data.measurement as m
                    where
                        m.dataset_id = v_step.dataset_id and m.measurement_id >= trap.measurement_id(v_step.first_image_id, 0)
                        and m.kind <> 'blind' and m.usable
                ) as t
            )
        ),
        p_dedupe_key => format('%s/%s', v_last_image_id, v_classifier), p_attempts_max => 5,
        -- what is known later is classified then
        p_expires_at => now() + interval '7 days'
    );
    return v_classifier;
end;
$$;
comment on function trap.request_classification is
'Puts the sources of the open time step into the queue "classification", if a classifier is active for the data set; returns its name.';
