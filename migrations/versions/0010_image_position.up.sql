-- Images by the position of their centre, as services of the Virtual Observatory are asked for observations.
create index image_pos_idx on trap_data.image using gist (spoint(radians(ra), radians(dec)));
