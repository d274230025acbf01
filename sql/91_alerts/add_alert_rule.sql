-- Adds a rule by which positions of alerts are monitored in a data set; in one that is published none could be.
-- reads: trap_data.alert_rule
-- writes: trap_data.alert_rule
create function trap.add_alert_rule(p_name text, p_stream text, p_dataset text, p_error_max double precision, p_per_day integer)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(p_name, '') = '' then
        raise exception 'a rule needs a name' using errcode = 'TR004';
    elsif (p_error_max > 0 and p_error_max < 90) is not true then
        raise exception 'no error region has a radius of %: expected more than 0 and less than 90 deg', p_error_max using errcode = 'TR004';
    elsif (p_per_day > 0) is not true then
        raise exception 'a rule that asks for % positions in a day is none: expected 1 or more', p_per_day using errcode = 'TR004';
    end if;
    perform trap.require_unpublished(trap.dataset_id_of(p_dataset));
    insert into trap_data.alert_rule (name, stream, dataset_name, error_max, per_day)
    values (p_name, coalesce(p_stream, ''), p_dataset, p_error_max, p_per_day)
    on conflict do nothing;
    if not found then
        raise exception 'there is a rule named "%" already', p_name
        using errcode = 'TR004', hint = 'Choose another name, or remove it first.';
    end if;
end;
$$;
comment on function trap.add_alert_rule is
'Adds a rule: the positions of alerts whose stream begins so, with an error region no larger than that [deg], are monitored in a data set, '
'so many in 24 hours at most.';
