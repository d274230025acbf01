-- Takes the latencies of images away.
drop table trap_data.image_latency;
