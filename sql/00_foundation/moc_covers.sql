-- Whether a MOC covers a position. pgSphere's own answer, position <@ MOC, is wrong where healpix_nest is: see trap.healpix_cell.
-- reads: nothing
-- writes: nothing
create function trap.moc_covers(p_moc smoc, p_ra double precision, p_dec double precision) returns boolean
language sql immutable parallel safe
return trap.healpix_cell(29, p_ra, p_dec) <@ p_moc;
comment on function trap.moc_covers is 'Whether a MOC covers a position [deg]; NULL for no MOC.';
