-- Files that were refused; a client that is started again may meet one once more.
select r.dataset, r.reason, count(distinct r.path) as files
from trap.rejection as r
where r.reason in ('unreadable', 'dropped', 'late')
group by r.dataset, r.reason;
