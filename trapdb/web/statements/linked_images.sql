-- Accepted images, with what their links say of them.
select
    image_id,
    dataset,
    taken_at,
    freq_eff,
    stokes,
    path,
    exists (select from trap.noise_map(image_id)) as has_noise
from trap.image
where image_id = any(%(numbers)s) and status = 'accepted';
