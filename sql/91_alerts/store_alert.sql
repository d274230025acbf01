-- Stores an alert of others, unless it is there: it is known by its IVORN, since brokers relay the same event in other bytes.
-- What rules want of it is asked for with it.
-- reads: nothing
-- writes: trap_data.alert, trap_data.alert_citation
create function trap.store_alert(
    p_ivorn text, p_stream text, p_role text, p_kind text, p_event text, p_author text, p_format text, p_origin text,
    p_content bytea, p_digest text, p_sent_at timestamptz, p_event_at timestamptz,
    p_ra double precision, p_dec double precision, p_error_major double precision, p_error_minor double precision,
    p_error_pa double precision, p_containment double precision, p_skymap_id integer, p_skymap_url text, p_parameters jsonb,
    p_cited_ivorns text[], p_cites text[], p_unread text default null
) returns table (alert_id bigint, is_new boolean)
language plpgsql volatile security definer
set search_path from current
as $$
begin
    -- the same from another broker waits here for the first one
    insert into trap_data.alert as a (
        state, ivorn, stream, role, kind, event, author, format, origin, content, content_bytes, digest, sent_at, event_at,
        ra, dec, error_major, error_minor, error_pa, containment, circle, skymap_id, skymap_url, parameters, unread
    ) values (
        'accepted', p_ivorn, p_stream, p_role, p_kind, p_event, p_author, p_format, p_origin, p_content, length(p_content), p_digest,
        p_sent_at, p_event_at, p_ra, p_dec, p_error_major, p_error_minor, p_error_pa, p_containment,
        scircle(spoint(radians(p_ra), radians(p_dec)), radians(coalesce(p_error_major, 0))), p_skymap_id, p_skymap_url, p_parameters,
        p_unread
    ) on conflict on constraint alert_ivorn_key do nothing
    returning a.alert_id, true into alert_id, is_new;
    if not found then
        return query select a.alert_id, false from trap_data.alert as a where a.ivorn = p_ivorn;
        return;
    end if;
    insert into trap_data.alert_citation as c (alert_id, cited_ivorn, cite)
    select alert_id, n.cited_ivorn, n.cite
    from unnest(p_cited_ivorns, p_cites) as n (cited_ivorn, cite)
    on conflict on constraint alert_citation_pkey do nothing;
    perform trap.follow_alert_rules(alert_id);
    return next;
end;
$$;
comment on function trap.store_alert is
'Stores an alert of others: position and error region in deg. Returns its id, and whether it is a new one; if not, nothing changes.';
