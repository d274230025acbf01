-- from whom the source forked, and who forked from it
select true as is_ancestor, y.ancestor_id as source_id, y.ancestor_name as name, y.until_image_id
from trap.source_ancestry as y
where y.dataset_id = trap.dataset_of_source(%(source_id)s) and y.source_id = %(source_id)s
union all
select false as is_ancestor, y.source_id, s.name, y.until_image_id
from trap.source_ancestry as y
inner join trap.running_catalogue as s on y.dataset_id = s.dataset_id and y.source_id = s.source_id
where y.dataset_id = trap.dataset_of_source(%(source_id)s) and y.ancestor_id = %(source_id)s
order by is_ancestor desc, until_image_id
limit %(most)s;
