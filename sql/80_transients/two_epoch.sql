-- The change of each source from one image to another, both of one data set, band and Stokes parameter, as in pair_metric. Reads the
-- associations of the data set whole: they are stored by source.
-- Source: Mooley et al. 2016, ApJ 818, 105, eqs. 1 and 2.
-- reads: trap.curve_point, trap.measurement, trap.running_catalogue, trap.image
-- writes: nothing
create function trap.two_epoch(p_image_id_1 bigint, p_image_id_2 bigint)
returns table (
    source_id bigint, name text, ra double precision, "dec" double precision, kind_1 text, kind_2 text,
    int_flux_1 double precision, int_flux_2 double precision, v_s_int double precision, m_int double precision,
    peak_flux_1 double precision, peak_flux_2 double precision, v_s_peak double precision, m_peak double precision
)
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set jit = off
set enable_nestloop = off
as $$
declare
    v_dataset_id constant integer := trap.dataset_of(p_image_id_1);
begin
    if trap.dataset_of(p_image_id_2) <> v_dataset_id then
        raise exception 'images % and % are of different data sets, in which sources differ: give two images of one',
        p_image_id_1, p_image_id_2 using errcode = 'TR004';
    end if;
    perform
    from trap.image as i
    where i.dataset_id = v_dataset_id and i.image_id in (p_image_id_1, p_image_id_2)
    having count(distinct (i.band_id, i.stokes)) > 1;
    if found then
        raise exception 'images % and % differ in band or Stokes parameter, and so do fluxes: give two images of one band',
        p_image_id_1, p_image_id_2 using errcode = 'TR004';
    end if;
    return query
    select
        s.source_id, s.name, s.ra, s.dec, x.kind, y.kind,
        x.int_flux, y.int_flux,
        (y.int_flux - x.int_flux) / sqrt(x.int_flux_err * x.int_flux_err + y.int_flux_err * y.int_flux_err),
        2 * (y.int_flux - x.int_flux) / nullif(x.int_flux + y.int_flux, 0),
        x.peak_flux, y.peak_flux,
        (y.peak_flux - x.peak_flux) / sqrt(x.peak_flux_err * x.peak_flux_err + y.peak_flux_err * y.peak_flux_err) as v_s,
        2 * (y.peak_flux - x.peak_flux) / nullif(x.peak_flux + y.peak_flux, 0)
    from trap.curve_point as a
    inner join trap.measurement as x
        on x.dataset_id = v_dataset_id and a.measurement_id = x.measurement_id and x.usable
        and trap.is_in_image(x.measurement_id, p_image_id_1)
    inner join trap.curve_point as b
        on b.dataset_id = v_dataset_id and a.source_id = b.source_id
        and trap.is_in_image(b.measurement_id, p_image_id_2)
    inner join trap.measurement as y
        on y.dataset_id = v_dataset_id and b.measurement_id = y.measurement_id and y.usable
        and trap.is_in_image(y.measurement_id, p_image_id_2)
    inner join trap.running_catalogue as s on s.dataset_id = v_dataset_id and a.source_id = s.source_id
    where a.dataset_id = v_dataset_id and trap.is_in_image(a.measurement_id, p_image_id_1)
    order by abs((y.peak_flux - x.peak_flux) / sqrt(x.peak_flux_err * x.peak_flux_err + y.peak_flux_err * y.peak_flux_err)) desc,
    s.source_id;
end;
$$;
comment on function trap.two_epoch is
'The sources with a usable point in each of two images of one data set, band and Stokes parameter, those that changed most significantly first: V_s, the change from '
'the first to the second over its error [sigma], and m, the change over the mean [1], of the integrated [Jy] and the peak flux density '
'[Jy/beam].';
