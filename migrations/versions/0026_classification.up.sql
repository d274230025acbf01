-- Classes say whether they are artefacts, and there are those of light curves, by which nobody needs to know what makes them.
alter table trap_data.label_class add column is_artefact boolean not null default false;
comment on column trap_data.label_class.is_artefact is 'Whether it is no source of the sky, but made by the instrument or its surroundings.';
update trap_data.label_class as c set is_artefact = true
where c.object_class in ('sidelobe', 'calibration', 'blend', 'noise', 'interference');
insert into trap_data.label_class (object_class, description, is_artefact) values
('steady', 'A source that does not vary.', false),
('synchrotron', 'A burst of synchrotron emission that expands and fades, whatever made it.', false),
('single_burst', 'One burst, whatever made it.', false),
('step', 'A flux that changes once and stays.', false),
('eclipsing', 'A source that is eclipsed.', false),
('rotating', 'Pulses of a period of hours or more, by rotation.', false),
('moving', 'Something that moves through the place.', false),
('edge', 'An artefact: the edge of images, where the beam is not as it should be.', true),
('ionospheric', 'An artefact: positions that jump in some images, so that the flux at the place does.', true)
on conflict do nothing;

create table trap_data.classifier (
    classifier_id integer generated always as identity primary key,
    name text not null unique check (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'),
    content bytea not null check (octet_length(content) <= 268435456),
    digest bytea not null unique,
    feature_set integer not null,
    features text[] not null check (cardinality(features) > 0),
    classes text[] not null check (cardinality(classes) > 1),
    facts jsonb not null,
    made_by text not null default session_user,
    made_at timestamptz not null default now(),
    check (digest = sha256(content))
);
comment on table trap_data.classifier is 'Classifiers: what tells classes by features. They are bare arrays; nothing of them is ever run.';
comment on column trap_data.classifier.classifier_id is 'Identifier.';
comment on column trap_data.classifier.name is 'Name.';
comment on column trap_data.classifier.content is 'The classifier, in the form of its files.';
comment on column trap_data.classifier.digest is 'SHA-256 of that.';
comment on column trap_data.classifier.feature_set is 'Version of the features that it takes.';
comment on column trap_data.classifier.features is 'Their names, in order.';
comment on column trap_data.classifier.classes is 'Its classes, in the order of probabilities.';
comment on column trap_data.classifier.facts is 'On what it was trained, how well it did, and which versions made it.';
comment on column trap_data.classifier.made_by is 'User who stored it.';
comment on column trap_data.classifier.made_at is 'When.';

create table trap_data.active_classifier (
    classifier_id integer not null references trap_data.classifier on delete cascade,
    dataset_name text check (dataset_name <> '')
);
create unique index active_classifier_dataset_idx on trap_data.active_classifier (coalesce(dataset_name, ''));
create index active_classifier_classifier_idx on trap_data.active_classifier (classifier_id);
comment on table trap_data.active_classifier is 'By which classifier sources are classified in each time step.';
comment on column trap_data.active_classifier.classifier_id is 'Classifier.';
comment on column trap_data.active_classifier.dataset_name is 'Name of the data set; NULL: all that have none of their own.';

create table trap_data.classification (
    dataset_id integer not null references trap_data.dataset on delete cascade,
    source_id bigint not null,
    known_image_id bigint not null,
    model_digest bytea not null check (octet_length(model_digest) = 32),
    probabilities real[] not null,
    novelty real not null check (novelty >= 0 and novelty < 'infinity'),
    reasons smallint[] not null,
    moved real[] not null check (cardinality(moved) = cardinality(reasons)),
    made_at timestamptz not null default now(),
    primary key (dataset_id, source_id, known_image_id, model_digest)
);
comment on table trap_data.classification is
'What classifiers said of sources, and when they did. A classifier is told by its digest: rows travel to other databases without it.';
comment on column trap_data.classification.dataset_id is 'Data set.';
comment on column trap_data.classification.source_id is 'Source.';
comment on column trap_data.classification.known_image_id is 'The last image that had been taken: it is judged by what was known then.';
comment on column trap_data.classification.model_digest is 'SHA-256 of the classifier.';
comment on column trap_data.classification.probabilities is 'Probability of each of its classes, in its order [1].';
comment on column trap_data.classification.novelty is
'How unlike what the classifier was trained on it is: 1 is as far as the farthest per cent of that [1].';
comment on column trap_data.classification.reasons is 'The features that moved the likeliest class most: their places among its features, from 1.';
comment on column trap_data.classification.moved is 'By how much each of them moved its uncalibrated probability [1].';
comment on column trap_data.classification.made_at is 'When it was said.';
