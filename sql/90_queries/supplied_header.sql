-- The header values that users supplied for the images of a data set: an image whose file is read again needs the same ones.
-- reads: trap.pipeline_run
-- writes: nothing
create function trap.supplied_header(p_dataset_id integer) returns table (header jsonb)
language sql stable parallel safe
begin atomic
select given.header
from trap.pipeline_run as r
cross join lateral (
    select
        coalesce(r.configuration #> '{image,header}', '{}')
        || jsonb_strip_nulls(
            jsonb_build_object(
                'DETECTON', r.configuration #> '{image,detect_on}', 'WEIGHTIM', r.configuration #> '{image,weight}',
                'PBEAMIM', r.configuration #> '{image,primary_beam}'
            )
        ) as header
) as given
where r.dataset_id = p_dataset_id
group by given.header
order by min(r.run_id);
end;
comment on function trap.supplied_header is
'The different sets of FITS header values that the runs of a data set supplied, with where the files beside images are, the first run''s first.';
