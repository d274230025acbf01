-- Whether a position is in one of some cells, as a footprint's blank ones.
-- reads: nothing
-- writes: nothing
create function trap.is_blank(
    p_centre_ra double precision, p_centre_dec double precision, p_size double precision, p_cells int4multirange,
    p_ra double precision, p_dec double precision
) returns boolean
language sql immutable parallel safe
-- most footprints have none
return case
    when isempty(p_cells) then false
    else p_cells @> trap.grid_cell(p_centre_ra, p_centre_dec, p_size, p_ra, p_dec)
end;
comment on function trap.is_blank is
'Whether a position is in one of these cells on a grid of direction cosines about a centre, see trap.grid_cell; angles in deg.';
