delete from trap_data.restriction as r
where r.login = %(login)s;
