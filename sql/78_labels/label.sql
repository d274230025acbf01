-- The labels that hold, with the source of each data set that they are of today. A label is about a place on the sky, so it is of the
-- source there in every data set; in the one in which it was given it has a row also while it has no source there.
-- As in association, the source has to lie within half a beam, that of the image in which it was founded, times the data set's limit, and
-- within the de Ruiter limit, with the errors of the label's position and its own. Of several it is the one with the smallest de Ruiter
-- radius, then the lower id. A monitored position has no errors: it is the one within 1 arcsec.
-- reads: trap_data.label, trap_data.dataset, trap_data.source, trap_data.image
create view trap.label as
select
    d.name as dataset, d.dataset_id, s.source_id, l.label_id, s.name, l.user_name, l.rating, l.object_class,
    nullif(array_to_string(l.tags, ','), '') as tags, l.note, l.epoch, l.labelled_at,
    l.ra::double precision as ra, l.dec::double precision as dec, l.monitored,
    s.separation * 3600 as separation_arcsec, s.de_ruiter_radius, s.ambiguous,
    l.dataset_name as given_dataset, l.source_id as given_source_id, l.source_name as given_name
from trap_data.label as l
cross join trap_data.dataset as d
left join lateral (
    select near.source_id, near.name, near.separation, near.de_ruiter_radius, count(*) over () > 1 as ambiguous
    from (
        select
            c.source_id, c.name, o.separation,
            trap.de_ruiter_radius(o.east, o.north, l.ra_err, l.dec_err, c.ra_err, c.dec_err) as de_ruiter_radius,
            d.beam_limit * founded.beam_major / 2 as separation_limit
        from (
            select n.*
            from trap_data.source as n
            where
                n.dataset_id = d.dataset_id and n.monitored = l.monitored
                -- no source has a larger error than the largest of any measurement; the indexed position may lag behind the mean by
                -- 3 arcsec, and pgSphere rounds to 0.2 mas
                and trap.is_near(
                    n.pos, l.pos,
                    least(
                        90,
                        4.001 / 3600
                        + case
                            when l.monitored then 0
                            else d.de_ruiter_limit * sqrt(power(d.position_err_max, 2) + power(greatest(l.ra_err, l.dec_err), 2))
                        end
                    )
                )
            offset 0
        ) as c
        left join trap_data.image as founded on trap.image_of(c.source_id) = founded.image_id
        cross join lateral trap.tangent_offset(l.ra, l.dec, c.ra, c.dec) as o
        offset 0
    ) as near
    where
        case
            when l.monitored then near.separation * 3600 < 1
            else near.separation < near.separation_limit and near.de_ruiter_radius < d.de_ruiter_limit
        end
    order by near.de_ruiter_radius, near.separation, near.source_id
    limit 1
) as s on true
where l.superseded_by is null and not l.withdrawn and (s.source_id is not null or l.dataset_id = d.dataset_id);
comment on view trap.label is
'What people say of sources, as it stands: for each user the latest label, joined by position to the source of each data set there.';
comment on column trap.label.dataset is 'Name of the data set. {meta.id;meta.dataset principal}';
comment on column trap.label.dataset_id is 'Data set. {meta.id;meta.dataset indexed}';
comment on column trap.label.source_id is
'Source there today: the nearest within the limits of association, by its de Ruiter radius; NULL: there is none now. '
'{meta.id;src;meta.main principal}';
comment on column trap.label.label_id is 'Label. {meta.id principal indexed}';
comment on column trap.label.name is 'Name of the source. {meta.id;src principal}';
comment on column trap.label.user_name is 'Who gave it. {meta.id principal}';
comment on column trap.label.rating is 'real, artefact or unsure; NULL: not rated. {meta.code.qual principal}';
comment on column trap.label.object_class is 'Class, one of trap.label_class; NULL: none given. {src.class principal}';
comment on column trap.label.tags is 'Words of the user''s own, separated by commas. {meta.note}';
comment on column trap.label.note is 'What else the user said. {meta.note}';
comment on column trap.label.epoch is 'Time of the measurement that is meant, UTC; NULL: the source as a whole. {time.epoch principal}';
comment on column trap.label.labelled_at is 'When it was given, UTC. {time.creation principal}';
comment on column trap.label.ra is 'Right ascension of the source when it was labelled [deg]. {pos.eq.ra;meta.main principal}';
comment on column trap.label.dec is 'Declination of the source when it was labelled [deg]. {pos.eq.dec;meta.main principal}';
comment on column trap.label.monitored is 'Whether it is of a monitored position rather than of a source found. {meta.code}';
comment on column trap.label.separation_arcsec is 'Distance of today''s source from that position [arcsec]. {pos.angDistance}';
comment on column trap.label.de_ruiter_radius is 'De Ruiter radius of the two [1]; NULL for a monitored position. {pos.angDistance}';
comment on column trap.label.ambiguous is
'Whether other sources lie within the limits, too: it may be of one of those. {meta.code}';
comment on column trap.label.given_dataset is 'Name of the data set in which it was given, then. {meta.id;meta.dataset}';
comment on column trap.label.given_source_id is 'The source then. {meta.id;src}';
comment on column trap.label.given_name is 'Its name then. {meta.id;src}';
