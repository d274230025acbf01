-- The noise map of an image, as it is stored.
-- reads: trap_data.image_noise
-- writes: nothing
create function trap.noise_map(p_image_id bigint)
returns table (l0 double precision, m0 double precision, dl double precision, dm double precision, rms real[])
language sql stable parallel safe security definer
begin atomic
select n.l0, n.m0, n.dl, n.dm, n.rms
from trap_data.image_noise as n
where n.image_id = p_image_id;
end;
comment on function trap.noise_map is
'The noise map of an image: rms[row m][column l] [Jy/beam], NULL outside the image, on a grid of direction cosines l (east) and m (north) about '
'the centre of the image, that begins at l0, m0 with steps dl, dm [1]; no row if none is stored.';
