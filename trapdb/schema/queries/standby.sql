-- Where the server is a standby: when the last change that it shows was committed on the primary, and how long ago that is.
select
    pg_last_xact_replay_timestamp() as shown_at,
    extract(epoch from now() - pg_last_xact_replay_timestamp()) as seconds
where pg_is_in_recovery();
