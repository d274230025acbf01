-- The sources, in a hundred lines of many: of each its cell of HEALPix, and a mark that differs if any value of it does.
select
    array_agg(trap.healpix_cell(29, s.ra, s.dec)) as cell,
    array_agg(s.source_id) as source_id,
    array_agg(hash_record_extended(row(s.*), 0)) as mark
from trap.running_catalogue as s
where s.dataset_id = %(dataset_id)s
group by s.source_id %% 100
