select l.labelled_at, l.user_name, l.rating, l.object_class, l.tags, l.note, l.epoch
from trap.labels_of(%(source_id)s) as l
limit %(most)s;
