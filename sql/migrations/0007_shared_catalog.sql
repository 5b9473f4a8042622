-- What no event trigger tells of (roles, memberships, databases, tablespaces, settings, event triggers themselves) is
-- found by comparing these catalogs with how they were the last time. This is how they were.

create table script_tracking.shared_catalog_state (
  kind text not null,
  key text not null,
  revision integer not null,
  noticed_at timestamptz not null,
  definition jsonb,

  -- Two comparisons at once that saw the same past cannot both go on from it.
  primary key (kind, key, revision),
  constraint shared_catalog_state_revision_counts_from_1 check (revision > 0)
);

comment on table script_tracking.shared_catalog_state is 'Roles, memberships, databases, tablespaces, settings and event triggers as comparisons found them: a row for each that was new, changed or gone';
comment on column script_tracking.shared_catalog_state.kind is 'role, membership, database, tablespace, role setting, server setting or event trigger';
comment on column script_tracking.shared_catalog_state.key is 'What stays the same when it is renamed: its OID, or the OIDs of what it joins; of a server setting its name';
comment on column script_tracking.shared_catalog_state.revision is 'Counts the states of one object from 1; the highest stands';
comment on column script_tracking.shared_catalog_state.noticed_at is 'When a comparison found it so. It was made so at some time between this comparison and the one before';
comment on column script_tracking.shared_catalog_state.definition is 'What it is, secrets blacked out and passwords never read; null where it is gone';

create table script_tracking.shared_catalog_comparison (
  compared_at timestamptz not null primary key,
  changes integer not null
);

comment on table script_tracking.shared_catalog_comparison is 'The comparisons that were made';
comment on column script_tracking.shared_catalog_comparison.compared_at is 'When';
comment on column script_tracking.shared_catalog_comparison.changes is 'How many changes it found; the first one finds none, it is what later ones compare with';
