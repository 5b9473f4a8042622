-- After the rows, as a restore does it: each key is checked once for all rows, not once a row.

alter table people.tenant
  add constraint tenant_parent foreign key (parent_id) references people.tenant,
  add constraint tenant_country foreign key (country) references people.country on update cascade;
alter table people.person
  add constraint person_tenant foreign key (tenant_id) references people.tenant,
  add constraint person_emergency_contact foreign key (emergency_contact_id) references people.person on delete set null,
  add constraint person_main_address foreign key (id, main_address) references people.address (person_id, number)
    deferrable initially deferred;
alter table people.address
  add constraint address_person foreign key (person_id) references people.person on delete cascade,
  add constraint address_country foreign key (country) references people.country on update cascade;
alter table people.consent
  add constraint consent_person foreign key (person_id) references people.person on delete cascade;
alter table people.department
  add constraint department_tenant foreign key (tenant_id) references people.tenant on delete cascade,
  add constraint department_head foreign key (tenant_id, head_number) references people.employee (tenant_id, number)
    deferrable initially deferred;
alter table people.employee
  add constraint employee_department foreign key (tenant_id, department) references people.department (tenant_id, code)
    on update cascade deferrable,
  add constraint employee_manager foreign key (tenant_id, manager_number) references people.employee (tenant_id, number)
    deferrable initially deferred,
  add constraint employee_person foreign key (tenant_id, person_id) references people.person (tenant_id, id);

alter table care.diagnosis_code
  add constraint diagnosis_code_parent foreign key (parent_code) references care.diagnosis_code;
alter table care.patient
  add constraint patient_person foreign key (tenant_id, person_id) references people.person (tenant_id, id)
    on delete cascade,
  add constraint patient_physician foreign key (tenant_id, physician_number)
    references people.employee (tenant_id, number),
  add constraint patient_referred_by foreign key (referred_by) references people.person on delete set null;
alter table care.visit
  add constraint visit_patient foreign key (person_id) references care.patient on delete restrict,
  add constraint visit_physician foreign key (tenant_id, physician_number)
    references people.employee (tenant_id, number);
alter table care.visit_diagnosis
  add constraint visit_diagnosis_visit foreign key (visit_id, visit_started_at) references care.visit (id, started_at)
    on update cascade on delete cascade,
  add constraint visit_diagnosis_code foreign key (diagnosis_code) references care.diagnosis_code;
alter table care.prescription
  add constraint prescription_visit foreign key (visit_id, visit_started_at) references care.visit (id, started_at)
    on update cascade on delete cascade,
  add constraint prescription_drug foreign key (drug_code) references care.drug;
alter table care.lab_result
  add constraint lab_result_patient foreign key (person_id) references care.patient on delete cascade,
  add constraint lab_result_test foreign key (test_code) references care.lab_test;
alter table care.claim
  add constraint claim_visit foreign key (visit_id, visit_started_at) references care.visit (id, started_at)
    match full on update cascade on delete set null,
  add constraint claim_patient foreign key (person_id) references care.patient;

alter table shop.category
  add constraint category_parent foreign key (parent_code) references shop.category;
alter table shop.product
  add constraint product_category foreign key (category_code) references shop.category on delete set default,
  add constraint product_drug foreign key (drug_code) references care.drug on delete set null;
alter table shop.customer
  add constraint customer_person foreign key (person_id) references people.person on delete set null;
alter table shop."order"
  add constraint order_customer foreign key (customer_id) references shop.customer on delete restrict,
  add constraint order_address foreign key (person_id, address_number) references people.address (person_id, number)
    match full on update cascade on delete set null;
alter table shop.order_item
  add constraint order_item_order foreign key (order_id) references shop."order" on delete cascade,
  add constraint order_item_product foreign key (product_sku) references shop.product on update cascade;
alter table shop.payment
  add constraint payment_order foreign key (order_id) references shop."order" on delete restrict;

-- Changing the type to itself computes the column in one pass that leaves no dead rows behind.
alter table auth.account
  alter column password_hash drop default,
  alter column password_hash type bytea
    using auth.password_hash('sample-' || person_id, password_salt, password_rounds);
alter table auth.account
  add constraint account_hash check (octet_length(password_hash) = 32),
  add constraint account_person foreign key (person_id) references people.person on delete cascade;
alter table auth.session
  add constraint session_account foreign key (account_id) references auth.account on delete cascade;
alter table auth.login_attempt
  add constraint login_attempt_account foreign key (account_id) references auth.account on delete set null;

create index person_email on people.person (lower(email));
create index person_name on people.person (family_name, given_name);
create index person_emergency_contact on people.person (emergency_contact_id);
create index person_extra on people.person using gin (extra);
create index employee_department on people.employee (tenant_id, department);
create index patient_physician on care.patient (tenant_id, physician_number);
create index visit_person on care.visit (person_id, started_at desc);
create index visit_open on care.visit (tenant_id, started_at) where status in ('planned', 'in_progress');
create index prescription_drug on care.prescription (drug_code) include (valid);
create index lab_result_person on care.lab_result (person_id, test_code, taken_at);
create index claim_visit on care.claim (visit_id, visit_started_at);
create index claim_person on care.claim (person_id);
create index product_category on shop.product (category_code);
create index product_search on shop.product using gin (search);
create index product_tags on shop.product using gin (tags);
create index order_customer on shop."order" (customer_id, ordered_at);
create index order_address on shop."order" (person_id, address_number);
create index order_ordered_at on shop."order" using brin (ordered_at);
create index order_item_product on shop.order_item (product_sku);
create index session_account on auth.session (account_id);
create index login_attempt_account on auth.login_attempt (account_id, attempted_at);
create index login_attempt_email on auth.login_attempt using hash (email);

-- The next row gets the next number.
select
  setval(pg_get_serial_sequence('people.person', 'id'), (select max(id) from people.person)),
  setval(pg_get_serial_sequence('care.visit', 'id'), (select max(id) from care.visit)),
  setval(pg_get_serial_sequence('care.lab_result', 'id'), (select max(id) from care.lab_result)),
  setval(pg_get_serial_sequence('care.claim', 'id'), (select max(id) from care.claim)),
  setval(pg_get_serial_sequence('shop.customer', 'id'), (select max(id) from shop.customer)),
  setval(pg_get_serial_sequence('shop."order"', 'id'), (select max(id) from shop."order")),
  setval(pg_get_serial_sequence('shop.review', 'id'), (select max(id) from shop.review)),
  setval(pg_get_serial_sequence('auth.login_attempt', 'id'), (select max(id) from auth.login_attempt));
