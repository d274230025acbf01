-- Takes away watch lists and watch maps. They can be stored again from their files.
drop table trap_data.watch_cover;
drop table trap_data.watch_cell;
drop table trap_data.watch_entry;
drop table trap_data.watch_list;
