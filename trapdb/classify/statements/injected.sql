-- The sources that were injected into a data set and found in it, with what they are. Of injected ones that share a source none is told.
-- Parameters: dataset: its name.
select i.source_id, max(i.kind) as kind
from trap.injected_source as i
where i.dataset = %(dataset)s::text and i.source_id is not null and i.kind <> 'table'
group by i.source_id
having count(*) = 1
order by i.source_id
