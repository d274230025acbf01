-- One number for a cell of a grid, by which hash joins are cheaper than by two: columns apart by a prime, so that cells side by side have
-- hashes of their own, which a shift by 32 bits would not give them: the hash of a bigint begins with the exclusive or of its halves.
-- reads: nothing
-- writes: nothing
create function trap.cell_key(p_l bigint, p_m bigint) returns bigint
language sql immutable parallel safe
return p_l * 67108859 + p_m;
comment on function trap.cell_key is 'A number for the cell in column p_l and row p_m of a grid; different for cells of rows within 2^25 of 0.';
