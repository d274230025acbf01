select count(*)::integer as found
from trap.measurement as m
where m.dataset_id = %(dataset_id)s and m.kind = 'blind' and coalesce(m.peak_flux_raw / m.local_rms, m.snr) >= %(threshold)s;
