-- Takes away labels and classes. They cannot be had again: export trap.label_history first.
drop table trap_data.label;
drop table trap_data.label_class;
