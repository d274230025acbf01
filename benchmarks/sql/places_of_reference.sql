select s.ra, s.dec from trap.reference_source as s where s.catalogue_id = %(catalogue_id)s;
