-- What the columns of a collection mean: those of the sources, and those of their light curves.
select c.view_name, c.column_name, c.vo_unit as unit, c.ucd, c.utype, c.vo_description as description
from trap.column_description as c
where c.schema_name = 'trap' and c.view_name in ('running_catalogue', 'lightcurve')
