-- Whoever moves points between rows and stretches, or deletes any, of images that may have been packed calls this first: one at a time
-- does. An ingest does not as a rule: it deletes points of the last few images only, which are packed on request alone.
-- reads: nothing
-- writes: nothing
create function trap.lock_curves(p_dataset_id integer) returns void
language sql volatile
begin atomic
select pg_advisory_xact_lock(hashtext('trapdb light curves'), p_dataset_id);
end;
comment on function trap.lock_curves is 'Locks the stretches of the light curves of a data set until the end of the transaction.';
