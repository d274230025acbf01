select
    r.login,
    r.dataset_ids
from trap_data.restriction as r
inner join pg_roles as u on r.login = u.rolname
order by r.login;
