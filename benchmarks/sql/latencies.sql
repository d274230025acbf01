-- When images were taken, and how long after they had come [s].
select dataset, arrived_at + latency * interval '1 s' as stored_at, latency from trap.image_latency;
