-- The objects that executions touched, as hub and link of the Data Vault: views over the ledger.

create or replace view script_tracking.execution_object with (security_barrier) as
select
  l.version_number, l.recorded_at, l.source, l.operation, l.state_ordinal, l.object_class as class, l.object_id as object,
  coalesce(l.object_part, 0) as part, l.object_action::text as action, l.object_type, l.object_identity as identity
from script_tracking.visible_ledger l
where l.source = 'D' and l.objects is null and l.object_type is not null
union all
select
  l.version_number, l.recorded_at, l.source, l.operation, l.state_ordinal, (o.value ->> 'class')::oid, (o.value ->> 'oid')::oid,
  coalesce((o.value ->> 'part')::integer, 0), o.value ->> 'action', o.value ->> 'type', o.value ->> 'identity'
from script_tracking.visible_ledger l
cross join lateral jsonb_array_elements(l.objects) o
where l.source = 'D' and l.objects is not null;

comment on view script_tracking.execution_object is 'Which object each state of an execution touched, for those executions that the current role may see';
comment on column script_tracking.execution_object.version_number is 'The state of the execution';
comment on column script_tracking.execution_object.recorded_at is 'When it was recorded';
comment on column script_tracking.execution_object.source is 'Who recorded it, as in the ledger';
comment on column script_tracking.execution_object.operation is 'The execution''s id; null for what an event trigger recorded';
comment on column script_tracking.execution_object.state_ordinal is 'Counts the states of the execution from 0';
comment on column script_tracking.execution_object.class is 'The catalog that holds the object';
comment on column script_tracking.execution_object.object is 'The object''s OID at that time';
comment on column script_tracking.execution_object.part is 'The column''s number where the object is a column, or 0';
comment on column script_tracking.execution_object.action is 'C created, M modified, D dropped';
comment on column script_tracking.execution_object.object_type is 'Its type, such as table column';
comment on column script_tracking.execution_object.identity is 'Its qualified and quoted name at that time';

create or replace view script_tracking.execution_object_l with (security_barrier) as
select
  script_tracking.calculate_hash_key(encode(s.script_execution_hk, 'hex') || ':' || o.object_type || ':' || o.identity) as execution_object_hk,
  s.script_execution_hk,
  script_tracking.calculate_hash_key(o.object_type || ':' || o.identity) as db_object_hk,
  min(o.recorded_at) as load_date,
  min(s.record_source) as record_source
from script_tracking.execution_object o
join script_tracking.execution_state s on s.version_number = o.version_number and s.load_date = o.recorded_at
where o.identity is not null
group by s.script_execution_hk, o.object_type, o.identity;

comment on view script_tracking.execution_object_l is 'The link: which execution touched which object';
comment on column script_tracking.execution_object_l.execution_object_hk is 'The link''s hash key: SHA-256 of both its ends';
comment on column script_tracking.execution_object_l.script_execution_hk is 'The execution''s hash key';
comment on column script_tracking.execution_object_l.db_object_hk is 'The object''s hash key';
comment on column script_tracking.execution_object_l.load_date is 'When the execution was first recorded to touch it';
comment on column script_tracking.execution_object_l.record_source is 'Who recorded it';

create or replace view script_tracking.db_object_h with (security_barrier) as
select
  script_tracking.calculate_hash_key(k.object_type || ':' || k.identity) as db_object_hk,
  k.identity,
  k.object_type,
  min(k.load_date) as load_date,
  (array_agg(k.record_source order by k.load_date))[1] as record_source
from (
  select h.object_type, h.identity, h.valid_from as load_date,
    case h.cause when 'D' then 'EVENT_TRIGGER' when 'A' then 'SQL_CALL' else 'SNAPSHOT' end as record_source
  from script_tracking.object_history h
  union all
  select o.object_type, o.identity, o.recorded_at, 'EVENT_TRIGGER'
  from script_tracking.execution_object o
  where o.identity is not null
) k
group by k.object_type, k.identity;

comment on view script_tracking.db_object_h is 'The hub: the objects that executions touched or that a snapshot found, by type and name';
comment on column script_tracking.db_object_h.db_object_hk is 'The object''s hash key: SHA-256 of its type and identity with a colon between';
comment on column script_tracking.db_object_h.identity is 'Its qualified and quoted name';
comment on column script_tracking.db_object_h.object_type is 'Its type, such as table column';
comment on column script_tracking.db_object_h.load_date is 'When it was first recorded';
comment on column script_tracking.db_object_h.record_source is 'Who recorded it first: EVENT_TRIGGER, SNAPSHOT or SQL_CALL';
