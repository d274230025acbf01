-- The features that models may take, in order.
select f.name, f.of_curve
from trap.feature_name as f
where not f.of_survey
order by f.place
