-- Functions that record each call of another one. The wrappers themselves stand in the schemas of what they
-- wrap; here is noted who had them made, and of what.

create table script_tracking.made_wrapper (
  made_at timestamptz not null,
  made_by text not null,
  wrapper_oid oid not null,
  wrapper text not null,
  original_oid oid not null,
  original text not null
);

comment on table script_tracking.made_wrapper is 'Wrappers that were made, each time that one was; script_tracking.tracking_wrapper shows those that stand';
comment on column script_tracking.made_wrapper.made_at is 'When it was made, or made anew';
comment on column script_tracking.made_wrapper.made_by is 'Who was logged in then';
comment on column script_tracking.made_wrapper.wrapper_oid is 'The wrapper''s OID; after a restore its name tells';
comment on column script_tracking.made_wrapper.wrapper is 'The wrapper''s qualified name and argument types';
comment on column script_tracking.made_wrapper.original_oid is 'The OID of what it wraps';
comment on column script_tracking.made_wrapper.original is 'The qualified name and argument types of what it wraps';
