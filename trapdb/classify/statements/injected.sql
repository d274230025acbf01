-- The sources that were injected into a data set and found in it, with what they are. Of injected ones that share a source none is told.
-- The same was injected where the truth is the same: into copies of a data set, or by the same command with another name.
-- Parameters: dataset: its name.
select i.source_id, max(i.kind) as kind, max(md5(concat_ws(' ', t.kind, t.ra, t.dec, t.parameters))) as truth
from trap.injected_source as i
inner join trap.injection as t on i.dataset_id = t.dataset_id and i.number = t.number
where i.dataset = %(dataset)s::text and i.source_id is not null and i.kind <> 'table'
group by i.source_id
having count(*) = 1
order by i.source_id
