-- A noise map with each value multiplied.
-- reads: nothing
-- writes: nothing
create function trap.scaled_rms(p_rms real[], p_scale double precision) returns real[]
language sql immutable strict parallel safe
begin atomic
select array_agg(line.rms order by line.number)
from (
    select
        number,
        (
            select array_agg((element.rms * p_scale)::real order by element.number)
            from unnest(p_rms[number:number]) with ordinality as element (rms, number)
        ) as rms
    from generate_subscripts(p_rms, 1) as number
) as line;
end;
comment on function trap.scaled_rms is 'A noise map [Jy/beam] multiplied by a factor [1].';
