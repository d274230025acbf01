drop table trap_data.bare_reference;
