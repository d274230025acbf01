-- The differences of the images of a data set.
-- Parameters: dataset.
select i.taken_at, i.path
from trap.difference as d
inner join trap.image as i on d.image_id = i.image_id
where d.parent = %(dataset)s
order by i.taken_at
