-- How long images that came one by one took.
create table trap_data.image_latency (
    image_id bigint primary key references trap_data.image on delete cascade,
    arrived_at timestamptz not null,
    latency double precision not null check (latency > '-infinity' and latency < 'infinity')
);
comment on table trap_data.image_latency is 'When an image came that was followed or listened for, and how long it took.';
comment on column trap_data.image_latency.image_id is 'Image.';
comment on column trap_data.image_latency.arrived_at is
'When it had come whole: over the network, or as a file that did not change any more.';
comment on column trap_data.image_latency.latency is 'From then until its time step was about to be committed [s].';

comment on column trap_data.image.pixel_scale_x is
'Pixel size along the first axis; NaN for a source list without its image, which has no pixels [deg].';
comment on column trap_data.image.pixel_scale_y is
'Pixel size along the second axis; NaN for a source list without its image, which has no pixels [deg].';
