-- The bands of a data set.
select band_id, freq_central, freq_low, freq_high from trap.band where dataset_id = %(dataset_id)s order by freq_central, band_id;
