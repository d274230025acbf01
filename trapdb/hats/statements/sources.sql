-- Each source in a line: its cell of HEALPix, and a mark that differs if any value of it does.
select trap.healpix_cell(29, s.ra, s.dec) as cell, s.source_id, hash_record_extended(row(s.*), 0) as mark
from trap.running_catalogue as s
where s.dataset_id = %(dataset_id)s
