-- Takes away what is known of blank pixels.
alter table trap_data.sky_region drop column near_blank, drop column blank, drop column blank_size;
