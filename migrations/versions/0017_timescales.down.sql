-- Takes away what searches for bursts measured, and which data sets belong together; positions and data sets stay.
drop table trap_data.burst;
drop table trap_data.timescale;
