-- Asks for the positions that rules want of an alert: of what was observed or predicted, not of tests and what runs by itself, nor of what
-- is retracted; where an image ever was, in a data set that is not published. A rule that has asked for as many as it may in a day asks for
-- no more.
-- reads: trap_data.alert, trap_data.alert_rule, trap_data.alert_position, trap_data.dataset, trap_data.publication, trap_data.sky_region
-- writes: trap_data.alert_position
create function trap.follow_alert_rules(p_alert_id bigint) returns void
language plpgsql volatile
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
begin
    insert into trap_data.alert_position (alert_id, dataset_name, rule_name)
    select distinct on (r.dataset_name) a.alert_id, r.dataset_name, r.name
    from trap_data.alert as a
    inner join trap_data.alert_rule as r on starts_with(a.stream, r.stream) and coalesce(a.error_major, 0) <= r.error_max
    inner join trap_data.dataset as d on r.dataset_name = d.name
    where
        a.alert_id = p_alert_id and a.role in ('observation', 'prediction') and a.kind <> 'retraction' and a.ra is not null
        and not exists (select from trap_data.publication as p where p.dataset_id = d.dataset_id and p.withdrawn_at is null)
        and exists (
            select from trap_data.sky_region as s
            where s.dataset_id = d.dataset_id and s.circle @> spoint(radians(a.ra), radians(a.dec))
        )
        and (
            select count(*) from trap_data.alert_position as p
            where p.rule_name = r.name and p.asked_at > clock_timestamp() - interval '24 hours'
        ) < r.per_day
    order by r.dataset_name, r.name;
end;
$$;
comment on function trap.follow_alert_rules is 'Asks for the positions that the rules of trap.alert_rule want of an alert.';
