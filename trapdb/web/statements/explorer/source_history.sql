select h.measurement_id, h.taken_at, h.band_id, h.stokes, h.n, h.v_int, h.eta_int
from trap.variability_history(%(source_id)s) as h;
