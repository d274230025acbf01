-- Refuses to go on with a run in a database that lacks what the run has stored or found there: a standby that lagged behind has
-- become the primary, say. Everything before was committed earlier, so it is enough to check the last of it.
-- reads: trap_data.pipeline_run, trap_data.run_log
-- writes: nothing
create function trap.require_past(p_run_id bigint, p_command text, p_digests text[], p_refused_path text) returns void
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if
        exists (select from trap_data.pipeline_run as r where r.run_id = p_run_id and r.command = p_command)
        and not exists (
            select from unnest(p_digests) as past (digest)
            where past.digest not in (select k.digest from trap.known_image(trap.dataset_of(p_run_id), p_digests) as k)
        )
        and (
            p_refused_path is null
            or exists (select from trap_data.run_log as l where l.run_id = p_run_id and l.path = p_refused_path)
        )
    then
        return;
    end if;
    raise exception 'the database lacks what this run had stored or found in it: it was taken back, as by a failover to a standby that lagged'
    using errcode = 'TR005', hint = 'Run the same command again: it stores what is missing.';
end;
$$;
comment on function trap.require_past is
'Refuses (TR005) if a run, its last images (by digest) or the last file that it refused are not in the database.';
