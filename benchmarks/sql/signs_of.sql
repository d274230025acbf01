select sign(m.peak_flux)::integer as sign, count(*) as n
from trap.measurement as m
where m.dataset = %(dataset)s and m.kind = 'blind' and m.usable
group by 1;
