-- Takes the truth about injected sources away. The data sets stay, and stay injected.
drop table trap_data.injection;
