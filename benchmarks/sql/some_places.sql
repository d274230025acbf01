-- Places of sources, in no order.
select c.source_id, c.ra, c.dec
from trap.running_catalogue as c
order by hashint8(c.source_id)
limit %(number)s;
