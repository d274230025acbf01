-- The element-wise minimum of two noise maps on the same grid; what is not known of one is taken from the other.
-- reads: nothing
-- writes: nothing
create function trap.smaller_rms(p_rms_1 real[], p_rms_2 real[]) returns real[]
language sql immutable strict parallel safe
begin atomic
select array_agg(line.rms order by line.number)
from (
    select
        number,
        (
            select array_agg(least(element.rms_1, element.rms_2) order by element.number)
            from unnest(p_rms_1[number:number], p_rms_2[number:number]) with ordinality as element (rms_1, rms_2, number)
        ) as rms
    from generate_subscripts(p_rms_1, 1) as number
) as line;
end;
comment on function trap.smaller_rms is 'Element-wise minimum of two noise maps of equal dimensions [Jy/beam].';
