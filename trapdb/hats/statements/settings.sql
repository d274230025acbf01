-- Settings of the transaction that reads a whole data set: as much time as it takes, memory to sort its light curves by, and none of the
-- time lost by compiling.
set local statement_timeout = 0;
set local work_mem = '128MB';
set local jit = off;
