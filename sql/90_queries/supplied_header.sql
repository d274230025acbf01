-- The header values that users supplied for the images of a data set: an image whose file is read again needs the same ones.
-- reads: trap.pipeline_run
-- writes: nothing
create function trap.supplied_header(p_dataset_id integer) returns table (header jsonb)
language sql stable
begin atomic
select coalesce(r.configuration #> '{image,header}', '{}') as header
from trap.pipeline_run as r
where r.dataset_id = p_dataset_id
group by coalesce(r.configuration #> '{image,header}', '{}')
order by min(r.run_id);
end;
comment on function trap.supplied_header is
'The different sets of FITS header values that the runs of a data set supplied, the first run''s first.';
