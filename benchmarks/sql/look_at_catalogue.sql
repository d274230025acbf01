select count(*) from trap.running_catalogue;
