-- Says by which classifier the sources of a data set are classified in each time step, or those of all that have none of their own.
-- reads: trap_data.classifier
-- writes: trap_data.active_classifier
create function trap.activate_classifier(p_name text, p_dataset text default null) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_classifier_id integer;
begin
    if p_name is not null then
        select k.classifier_id into v_classifier_id from trap_data.classifier as k where k.name = p_name;
        if not found then
            raise exception 'there is no classifier "%": `trapdb classify list` lists those that there are', p_name using errcode = 'TR004';
        end if;
    end if;
    delete from trap_data.active_classifier as a where a.dataset_name is not distinct from p_dataset;
    insert into trap_data.active_classifier (classifier_id, dataset_name)
    select v_classifier_id, p_dataset
    where v_classifier_id is not null;
end;
$$;
comment on function trap.activate_classifier is
'Has the time steps of a data set, or of all that have none of their own, classified by a classifier; by none, if it is NULL.';
