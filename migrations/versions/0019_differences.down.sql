-- Takes away of which images others are differences. The images stay.
drop table trap_data.difference;
