-- Takes the latencies of images away.
drop table trap_data.image_latency;

comment on column trap_data.image.pixel_scale_x is 'Pixel size along the first axis [deg].';
comment on column trap_data.image.pixel_scale_y is 'Pixel size along the second axis [deg].';
