select
    p.event_id,
    extract(epoch from p.created_at)::double precision as called,
    extract(epoch from j.ended_at)::double precision as done
from trap_data.package as p
inner join trap_data.job as j on p.package_id = j.package_id;
