-- As many measurements as are wanted, as they come.
select m.* from trap.measurement as m limit {rows}
