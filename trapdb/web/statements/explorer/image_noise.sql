select n.l0, n.m0, n.dl, n.dm, n.rms
from trap.noise_map(%(image_id)s) as n;
