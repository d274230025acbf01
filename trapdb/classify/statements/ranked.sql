-- How unusual the light curves of a data set are, and what tells artefacts, a column as an array.
-- Parameters: dataset.
select
    array_agg(u.source_id) as source_id, array_agg(u.band_id) as band_id, array_agg(u.stokes) as stokes, array_agg(u.anomaly) as anomaly,
    array_agg(u.flare) as flare,
    array_agg(u.dip) as dip,
    array_agg(u.scatter) as scatter,
    array_agg(u.contrast) as contrast,
    array_agg(u.brevity) as brevity,
    array_agg(u.smoothness) as smoothness,
    array_agg(u.negative_ratio) as negative_ratio,
    array_agg(u.negative_share) as negative_share,
    array_agg(u.size_beams) as size_beams,
    array_agg(u.siblings) as siblings,
    array_agg(u.de_ruiter_rms) as de_ruiter_rms,
    array_agg(u.near_bright_share) as near_bright_share,
    array_agg(u.edge_share) as edge_share,
    array_agg(u.blended_share) as blended_share,
    array_agg(u.v_over_i) as v_over_i
from trap.unusual(%(dataset)s::text) as u
