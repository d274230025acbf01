-- Takes the index of the positions of images away.
drop index trap_data.image_pos_idx;
