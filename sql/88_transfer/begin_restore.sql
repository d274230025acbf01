-- Makes room for a data set of another database, in the caller's transaction: its partitions, empty, under the number that it had
-- there, or under a new one. All of its ids are made of that number.
-- reads: trap_data.dataset, trap_data.restriction
-- writes: nothing but the partitions
create function trap.begin_restore(p_dataset text, p_dataset_id integer, p_renumber boolean) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_sequence constant text := pg_get_serial_sequence('trap_data.dataset', 'dataset_id');
    v_taken text;
    v_logins text;
    v_dataset_id integer := p_dataset_id;
begin
    -- as open_dataset: one is made at a time
    perform pg_advisory_xact_lock(hashtext('trapdb create data set'));
    perform from trap_data.dataset as d where d.name = p_dataset;
    if found then
        raise exception 'there is a data set named "%" already', p_dataset
        using errcode = 'TR004', hint = 'Give it another name (--as).';
    end if;
    if p_renumber then
        v_dataset_id := nextval(v_sequence)::integer;
    else
        select d.name into v_taken from trap_data.dataset as d where d.dataset_id = p_dataset_id;
        if found then
            raise exception 'the data set has the number %, which "%" has here', p_dataset_id, v_taken
            using errcode = 'TR004',
            hint = '--renumber gives it another one: all of its ids change, and nothing else.';
        end if;
        select string_agg(r.login, ', ' order by r.login) into v_logins
        from trap_data.restriction as r
        where p_dataset_id = any(r.dataset_ids);
        if v_logins is not null then
            raise exception 'the data set has the number %, of one that is no more and that was shown to %', p_dataset_id, v_logins
            using errcode = 'TR004',
            hint = '--renumber gives it another one; or say anew what they are shown (trapdb db restrict).';
        end if;
        if (
            select p_dataset_id - coalesce(s.last_value, 0) > (524287 - coalesce(s.last_value, 0)) / 2
            from pg_sequences as s
            where format('%I.%I', s.schemaname, s.sequencename) = v_sequence and p_dataset_id <= s.max_value
        ) then
            raise exception 'the data set has the number %, beyond which there are few others for later ones', p_dataset_id
            using errcode = 'TR004', hint = '--renumber gives it another one: all of its ids change, and nothing else.';
        end if;
        -- those that are made later have numbers of their own; a number from among those of another server is none of theirs
        perform setval(v_sequence, p_dataset_id)
        from pg_sequences as s
        where
            format('%I.%I', s.schemaname, s.sequencename) = v_sequence
            and p_dataset_id >= s.min_value and p_dataset_id <= s.max_value and p_dataset_id > coalesce(s.last_value, 0);
    end if;
    if to_regclass(format('trap_data.measurement_%s', v_dataset_id)) is not null then
        raise exception 'tables of a data set that was deleted, with the number %, are still in use', v_dataset_id
        using errcode = 'TR004', hint = 'Try again when nobody reads the archive.';
    end if;
    perform trap.create_partitions(v_dataset_id);
    return v_dataset_id;
end;
$$;
comment on function trap.begin_restore is
'Makes the partitions for a data set that comes from another database, under its own number or a new one; returns the number.';
