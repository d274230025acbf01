-- Copies of the only image of a data set, a day apart: of its time and number alone they differ.
insert into trap_data.image
select (jsonb_populate_record(i, jsonb_build_object(
    'image_id', i.image_id + g.n, 'digest', i.digest || g.n, 'taken_at', i.taken_at + g.n * interval '1 day'
))).*
from trap_data.image as i
cross join generate_series(1, %(images)s - 1) as g (n)
where i.dataset_id = %(dataset_id)s;
