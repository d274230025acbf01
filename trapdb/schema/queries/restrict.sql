insert into trap_data.restriction as r (login, dataset_ids)
values (%(login)s, %(dataset_ids)s)
on conflict (login) do update set dataset_ids = excluded.dataset_ids;
