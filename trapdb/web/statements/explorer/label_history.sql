-- All that was ever said of a source, the latest first: what holds, and what was followed by something else or taken back.
select h.label_id, h.labelled_at, h.user_name, h.rating, h.object_class, h.tags, h.note, h.epoch, h.withdrawn, h.superseded_by is null as holds
from trap.label_history as h
where
    h.given_source_id = %(source_id)s
    or h.label_id in (select l.label_id from trap.labels_of(%(source_id)s) as l)
order by h.label_id desc
limit %(most)s;
