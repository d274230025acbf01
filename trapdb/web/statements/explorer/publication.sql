-- As what a data set is published.
select citable_name, title, creator, licence, doi, checksum, published_at
from trap.publication
where dataset_id = %(dataset_id)s and withdrawn_at is null;
