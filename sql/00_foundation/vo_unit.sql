-- A unit as it goes out to the Virtual Observatory. Its grammar has ** for ^, a point between factors, and one slash.
-- Source: IVOA Recommendation, Units in the VO 1.1, section 2.
-- reads: nothing
-- writes: nothing
create function trap.vo_unit(p_unit text) returns text
language sql immutable parallel safe
return case
    -- pure numbers, and what is counted in units of another column, have none
    when p_unit in ('1', 'sigma') or p_unit like 'as %' then null
    else replace(replace(regexp_replace(p_unit, '^([^/]+)/([^/]+)/([^/]+)$', '\1/(\2.\3)'), '^', '**'), ' ', '.')
end;
comment on function trap.vo_unit is 'A unit of a comment in the grammar of VOUnits; NULL for a pure number.';
