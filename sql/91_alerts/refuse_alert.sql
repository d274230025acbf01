-- Keeps what is no alert, with the reason; the same bytes once, and the last thousand of these: anybody may send them.
-- reads: trap_data.alert
-- writes: trap_data.alert
create function trap.refuse_alert(p_content bytea, p_digest text, p_origin text, p_reason text)
returns table (alert_id bigint, is_new boolean)
language plpgsql volatile security definer
set search_path from current
as $$
begin
    insert into trap_data.alert as a (state, reason, origin, content, content_bytes, digest)
    values ('refused', p_reason, p_origin, substr(p_content, 1, 65536), length(p_content), p_digest)
    on conflict (digest) where state = 'refused' do nothing
    returning a.alert_id, true into alert_id, is_new;
    if not found then
        select a.alert_id, false into alert_id, is_new from trap_data.alert as a where a.state = 'refused' and a.digest = p_digest;
    end if;
    delete from trap_data.alert as a
    where
        a.state = 'refused'
        and a.alert_id <= (select n.alert_id from trap_data.alert as n where n.state = 'refused' order by n.alert_id desc offset 1000 limit 1);
    return next;
end;
$$;
comment on function trap.refuse_alert is
'Keeps what is no alert, its first 64 kB, with the reason; of all these, the last thousand. Returns its id, and whether it came for the first time.';
