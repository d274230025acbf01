-- The alerts in the order in which they came: those that are meant, tests, or what was refused.
-- reads: trap.alert
-- writes: nothing
create function trap.alerts(
    p_tests boolean default false, p_refused boolean default false, p_stream text default null, p_last integer default null
) returns setof trap.alert
language sql stable parallel safe security definer
begin atomic
select l.*
from (
    select a.*
    from trap.alert as a
    where
        a.state = case when p_refused then 'refused' else 'accepted' end
        and (p_refused or (a.role = 'test') = p_tests)
        and (p_stream is null or starts_with(a.stream, p_stream))
    order by a.alert_id desc
    limit p_last
) as l
order by l.alert_id;
end;
comment on function trap.alerts is
'The alerts in the order in which they came: those that are meant, or tests, or what was refused; of a stream, by its name or the beginning '
'of it; the last so many. Columns as in trap.alert.';
