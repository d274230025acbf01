-- Opens a time step in the caller's transaction: one at a time in a data set, in time order.
-- reads: trap_data.dataset, trap_data.image
-- writes: the stage tables of the session
create function trap.begin_time_step(p_dataset_id integer, p_taken_at timestamptz) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_last_taken_at timestamptz;
    v_image_count integer;
    v_rewound_at timestamptz;
    v_rewind text;
begin
    -- compiling the stages' queries costs more than it saves
    perform set_config('jit', 'off', true);
    perform trap.lock_dataset(p_dataset_id);
    select
        d.last_taken_at, d.image_count,
        format(
            'trapdb dataset rewind %L --to %s',
            d.name, to_char((p_taken_at - interval '1 second') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
        )
    into v_last_taken_at, v_image_count, v_rewind
    from trap_data.dataset as d
    where d.dataset_id = p_dataset_id;
    if not found then
        raise exception 'there is no data set with id %', p_dataset_id using errcode = 'TR002';
    end if;
    if p_taken_at <= v_last_taken_at then
        raise exception 'time step % is not later than the last one in the data set, %', p_taken_at, v_last_taken_at
        using errcode = 'TR001', hint = 'to bring it in, take the data set back first: ' || v_rewind;
    end if;
    select min(i.taken_at) into v_rewound_at
    from trap_data.image as i
    where i.dataset_id = p_dataset_id and i.status = 'rewound' and i.taken_at < p_taken_at;
    if v_rewound_at is not null then
        raise exception 'time step % comes after the rewound images of %, which wait to be replayed', p_taken_at, v_rewound_at
        using errcode = 'TR001', hint = 'replay them (trapdb dataset replay), then ' || v_rewind;
    end if;
    perform trap.create_stage_tables();
    insert into pg_temp.time_step (dataset_id, taken_at, first_image_id)
    values (p_dataset_id, p_taken_at, trap.numbered_id(p_dataset_id, v_image_count + 1));
end;
$$;
comment on function trap.begin_time_step is
'Opens a time step, locks its data set until the end of the transaction, refuses a time that is not later than the last one (TR001).';
