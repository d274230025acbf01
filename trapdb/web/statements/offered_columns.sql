select * from trap.column_description;
