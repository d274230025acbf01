-- What is said of a job, as lines of its log.
-- reads: nothing
-- writes: nothing
create function trap.log_lines(p_worker text, p_said text[]) returns jsonb
language sql stable parallel safe
return (
    select coalesce(
        jsonb_agg(
            jsonb_build_object('at', clock_timestamp(), 'worker', p_worker, 'said', left(s.line, 1000)) order by s.number
        ),
        '[]'
    )
    from unnest(p_said) with ordinality as s (line, number)
    where s.number <= 100
);
comment on function trap.log_lines is 'Lines of the log of a job, of what a worker says of it: no more than 100, of 1000 characters each.';
