-- Takes away the stamps. Those of which the images are gone cannot be had again: save them first (trapdb stamps save).
drop table trap_data.stamp;
update trap_data.dataset as d set configuration = d.configuration - 'stamps';
update trap_data.pipeline_run as r set configuration = r.configuration - 'stamps';
