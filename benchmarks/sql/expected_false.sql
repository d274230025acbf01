select sum(e.images)::integer as images, sum(e.expected_false) as expected
from trap.expected_false_detections(%(dataset)s, %(threshold)s) as e;
