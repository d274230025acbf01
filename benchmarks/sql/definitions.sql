select d.name from trap.transient_definition as d order by d.name;
