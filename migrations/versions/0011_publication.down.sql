drop table trap_data.publication;
