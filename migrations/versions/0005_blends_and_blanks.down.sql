-- Takes away what is known of blends: which sources are established, and the points that were set aside.
-- What was set aside takes no part, which before was said of the measurement.
update trap_data.measurement as m
set usable = false
from trap_data.blended_point as b
where
    m.dataset_id = b.dataset_id and m.measurement_id = b.measurement_id
    and not exists (
        select from trap_data.association as a where a.dataset_id = m.dataset_id and a.measurement_id = m.measurement_id
    );
drop table trap_data.blended_point;
alter table trap_data.source drop column established_image_id;

-- Takes away what is known of blank pixels.
drop table trap_data.blank_place;
alter table trap_data.sky_region drop column near_blank, drop column blank, drop column blank_size;
