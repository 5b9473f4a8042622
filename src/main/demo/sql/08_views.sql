create view people.directory with (security_barrier) as
select p.id, t.name as clinic, p.full_name, p.phone, p.email, a.street, a.postal_code, a.city, a.country
from people.person p
join people.tenant t on t.id = p.tenant_id
left join people.address a on a.person_id = p.id and a.number = p.main_address;
comment on view people.directory is 'How to reach everybody';

create view care.patient_summary as
select
  c.person_id,
  p.full_name,
  extract(year from age(p.birth_date))::integer as age,
  c.record_number,
  c.allergies,
  count(distinct v.id) as visits,
  max(v.started_at) filter (where v.status = 'completed') as last_visit,
  array_remove(array_agg(distinct d.diagnosis_code::text), null) as diagnoses
from care.patient c
join people.person p on p.id = c.person_id
left join care.visit v on v.person_id = c.person_id
left join care.visit_diagnosis d on d.visit_id = v.id and d.visit_started_at = v.started_at and d.certainty = 'confirmed'
group by c.person_id, p.full_name, p.birth_date, c.record_number, c.allergies;
comment on view care.patient_summary is 'One line for each patient';

create view shop.order_overview as
select o.id, c.display_name, o.status, o.ordered_at, count(i.line) as lines, o.total, p.paid
from shop."order" o
join shop.customer c on c.id = o.customer_id
left join shop.order_item i on i.order_id = o.id
left join lateral (
  select sum(amount) as paid from shop.payment where order_id = o.id and status = 'paid'
) p on true
group by o.id, c.display_name, p.paid;
comment on view shop.order_overview is 'One line for each order';

create view auth.active_session as
select a.email, s.created_at, s.last_seen_at, s.expires_at, s.ip
from auth.session s
join auth.account a on a.id = s.account_id
where s.expires_at > now();
comment on view auth.active_session is 'Who is logged in now';

create materialized view care.monthly_visits as
select v.tenant_id, date_trunc('month', v.started_at, 'UTC') as month, v.status, count(*) as visits
from care.visit v
group by 1, 2, 3;
comment on materialized view care.monthly_visits is 'Visits by clinic, month and status; as old as its last refresh';
create unique index monthly_visits_key on care.monthly_visits (tenant_id, month, status);

-- A clinic names itself by set clinic.tenant = '3'. Owners and superusers see everything.
create function people.current_tenant() returns smallint
language sql stable parallel safe set search_path = pg_catalog
as $$
  select nullif(current_setting('clinic.tenant', true), '')::smallint;
$$;
comment on function people.current_tenant() is 'The clinic of this session, from the setting clinic.tenant';

alter table people.person enable row level security;
create policy own_clinic on people.person using (tenant_id = people.current_tenant());
comment on policy own_clinic on people.person is 'A clinic sees the people that it registered';
alter table care.patient enable row level security;
create policy own_clinic on care.patient using (tenant_id = people.current_tenant());
comment on policy own_clinic on care.patient is 'A clinic sees its own patients';
alter table care.visit enable row level security;
create policy own_clinic on care.visit using (tenant_id = people.current_tenant());
comment on policy own_clinic on care.visit is 'A clinic sees its own visits';
