-- Which of the injected sources were found.
select
    i.peak_snr,
    i.source_id is not null as is_found
from trap.injected_source as i
where i.dataset = %(dataset)s;
