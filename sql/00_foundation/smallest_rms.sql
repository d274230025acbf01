-- The element-wise minimum of noise maps on the same grid: smaller_rms is strict, so that it begins with the first map.
-- reads: nothing
-- writes: nothing
create aggregate trap.smallest_rms(real[]) (
    sfunc = trap.smaller_rms,
    stype = real[],
    parallel = safe
);
comment on aggregate trap.smallest_rms(real[]) is 'Element-wise minimum of noise maps of equal dimensions [Jy/beam].';
