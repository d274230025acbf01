-- The next source of a data set after one, but for some: the one that a bite of one source takes.
-- reads: trap_data.source
-- writes: nothing
create function trap.next_source(p_dataset_id integer, p_after_source_id bigint, p_left_out bigint[]) returns bigint
language sql stable parallel safe security definer
set plan_cache_mode = force_custom_plan
begin atomic
    select s.source_id
    from trap_data.source as s
    where s.dataset_id = p_dataset_id and s.source_id > p_after_source_id and s.source_id <> all(p_left_out)
    order by s.source_id
    limit 1;
end;
comment on function trap.next_source is 'The next source of a data set after one, but for some; NULL if there is none.';
