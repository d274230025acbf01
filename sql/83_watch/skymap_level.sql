-- Up to which level the cells of a sky map make up the smallest region that holds a probability: that of the densest cells that do.
-- reads: trap_data.skymap_cell
-- writes: nothing
create function trap.skymap_level(p_skymap_id integer, p_probability double precision) returns double precision
language sql stable parallel safe
begin atomic
-- by rounding, all of them may hold a little less than 1
select coalesce(min(c.enclosed), 1)
from trap_data.skymap_cell as c
where c.skymap_id = p_skymap_id and c.enclosed >= p_probability;
end;
comment on function trap.skymap_level is
'The level that encloses the smallest region of a sky map that holds a probability: of its cells those that are enclosed by no more [1].';
