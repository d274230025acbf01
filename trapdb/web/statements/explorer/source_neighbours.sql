select n.source_id, n.name, n.separation_arcsec, n.separation_beams, n.n_blind, n.n_forced, n.peak_flux, n.monitored
from trap.neighbours(%(source_id)s) as n
limit %(most)s;
