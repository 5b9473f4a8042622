-- Tenants, and which roles may see which. Like the trail, both are appended to and never changed: that
-- somebody is no longer a member is one more row. Nobody is given the tables: an index on a key that is made of a
-- tenant's name would tell, in explain analyze, whether there is such a tenant.

create table script_tracking.tenant (
  tenant_hk bytea not null,
  tenant_bk text not null,
  name text not null,
  load_date timestamptz not null,
  record_source text not null,
  created_by text not null,

  primary key (tenant_hk),
  unique (tenant_bk),
  constraint tenant_hk_is_sha256 check (octet_length(tenant_hk) = 32),
  constraint tenant_bk_is_said check (tenant_bk ~ '[^[:space:]]'),
  constraint tenant_name_is_said check (name ~ '[^[:space:]]')
);

comment on table script_tracking.tenant is 'The tenants. What people see of them is the view tenant_h';
comment on column script_tracking.tenant.tenant_hk is 'The tenant''s hash key: SHA-256 of its business key in UTF-8';
comment on column script_tracking.tenant.tenant_bk is 'The tenant''s business key, such as its number in another system';
comment on column script_tracking.tenant.name is 'What people call the tenant';
comment on column script_tracking.tenant.load_date is 'When the tenant was recorded here';
comment on column script_tracking.tenant.record_source is 'Where it was recorded: SQL_CALL';
comment on column script_tracking.tenant.created_by is 'Who recorded it, as logged in';

-- A role is known by its OID, which a rename leaves and a drop ends: another role that is given the name
-- later is no member. In another cluster, after a restore, an OID means nothing or somebody else, so there
-- the name counts, as it does for everything that the dump grants. No foreign key: a tenant cannot go, and
-- truncate would be refused by the key before the trigger could say why.
create table script_tracking.tenant_decision (
  tenant_hk bytea not null,
  state_ordinal integer not null,
  role_oid oid not null,
  role_name text not null,
  cluster_identifier bigint not null,
  is_member boolean not null,
  valid_until timestamptz,
  recorded_at timestamptz not null,
  recorded_by text not null,

  primary key (tenant_hk, state_ordinal),
  constraint tenant_decision_ordinal_counts_from_0 check (state_ordinal >= 0),
  constraint tenant_decision_end_is_of_a_membership check (is_member or valid_until is null)
);

comment on table script_tracking.tenant_decision is 'Which role may see which tenant: one row for each time that this was decided; the newest of a tenant and a role counts. What people see of it is the view tenant_member';
comment on column script_tracking.tenant_decision.tenant_hk is 'The tenant';
comment on column script_tracking.tenant_decision.state_ordinal is 'Counts the decisions about a tenant from 0';
comment on column script_tracking.tenant_decision.role_oid is 'The role, in the cluster where this was decided';
comment on column script_tracking.tenant_decision.role_name is 'What the role was called then';
comment on column script_tracking.tenant_decision.cluster_identifier is 'That cluster, as pg_control_system() names it';
comment on column script_tracking.tenant_decision.is_member is 'True from here on it may see the tenant, false from here on it may not';
comment on column script_tracking.tenant_decision.valid_until is 'When the membership ends by itself; null for never';
comment on column script_tracking.tenant_decision.recorded_at is 'When this was decided';
comment on column script_tracking.tenant_decision.recorded_by is 'Who decided it, as logged in';
