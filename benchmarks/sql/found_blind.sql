select distinct c.source_id, c.stokes
from trap.lightcurve as c
where c.dataset = %(dataset)s and c.kind = 'blind' and c.usable;
