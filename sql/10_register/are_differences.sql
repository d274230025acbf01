-- Whether the images of Stokes I that a data set has are differences, in which sources of either sign were looked for. It has one kind or
-- the other: a light curve of both would mix fluxes with changes of fluxes.
-- reads: trap_data.image
-- writes: nothing
create function trap.are_differences(p_dataset_id integer) returns boolean
language sql stable parallel safe security definer
begin atomic
select i.signed
from trap_data.image as i
where i.dataset_id = p_dataset_id and i.stokes = 'I' and i.status in ('accepted', 'rewound')
order by i.image_id
limit 1;
end;
comment on function trap.are_differences is
'Whether the images of Stokes I that a data set has are differences; NULL if it has none.';
