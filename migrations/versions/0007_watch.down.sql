-- Takes away watch lists, watch maps and sky maps. They can be stored again from their files.
drop table trap_data.skymap_cell;
drop table trap_data.skymap;
drop table trap_data.watch_cover;
drop table trap_data.watch_cell;
drop table trap_data.watch_entry;
drop table trap_data.watch_list;
