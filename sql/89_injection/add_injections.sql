-- Stores the truth about what is injected into a data set, before its images come. The same again is passed over, so that a command that
-- was interrupted can be repeated; anything else is refused.
-- reads: trap_data.dataset, trap_data.image
-- writes: trap_data.injection
create function trap.add_injections(p_dataset text, p_injections jsonb) returns integer
language plpgsql volatile security definer
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
    v_dataset_id constant integer := trap.dataset_id_of(p_dataset);
    v_given trap_data.injection[];
    v_held trap_data.injection[];
begin
    perform trap.lock_dataset(v_dataset_id);
    perform from trap_data.dataset as d where d.dataset_id = v_dataset_id and d.tense = 'injected';
    if not found then
        raise exception 'data set "%" is not an injected one: nothing is injected into it', p_dataset using errcode = 'TR004';
    end if;
    select array_agg(j order by j.number) into v_given
    from jsonb_array_elements(p_injections) as e (injection)
    cross join lateral
        jsonb_populate_record(null::trap_data.injection, e.injection || jsonb_build_object('dataset_id', v_dataset_id)) as j;
    select array_agg(i order by i.number) into v_held from trap_data.injection as i where i.dataset_id = v_dataset_id;
    if v_held is not null then
        if v_held is distinct from v_given then
            raise exception 'data set "%" has other injections: give the same sources, settings and seed, or another name', p_dataset
            using errcode = 'TR004';
        end if;
        return 0;
    end if;
    perform from trap_data.image as i where i.dataset_id = v_dataset_id limit 1;
    if found then
        raise exception 'data set "%" has images already, of which nobody says what was injected: give another name', p_dataset
        using errcode = 'TR004';
    end if;
    insert into trap_data.injection select g.* from unnest(v_given) as g;
    return coalesce(cardinality(v_given), 0);
end;
$$;
comment on function trap.add_injections is
'Stores the truth about the sources that are injected into an injected data set without images: p_injections has an object with the '
'columns of trap_data.injection for each. Returns how many are new [1].';
