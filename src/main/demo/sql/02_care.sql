create schema care;
comment on schema care is 'Treatment: patients, visits, results, claims. Health data, the most sensitive there is';

create domain care.icd10 as text check (value ~ '^[A-Z][0-9]{2}([.][0-9]{1,2})?$');
comment on domain care.icd10 is 'A code of the ICD-10';
create type care.visit_status as enum ('planned', 'in_progress', 'completed', 'cancelled', 'no_show');
comment on type care.visit_status is 'How far a visit has come';
create type care.blood_group as enum ('0+', '0-', 'A+', 'A-', 'B+', 'B-', 'AB+', 'AB-');
comment on type care.blood_group is 'AB0 and rhesus';

create table care.diagnosis_code (
  code care.icd10 primary key,
  parent_code care.icd10,
  title text not null
);
comment on table care.diagnosis_code is 'The part of the ICD-10 that is in use';
comment on column care.diagnosis_code.code is 'Category (E11) or code (E11.9)';
comment on column care.diagnosis_code.parent_code is 'The category of a code';
comment on column care.diagnosis_code.title is 'In plain words';

create table care.drug (
  code text primary key,
  ingredient text not null unique,
  strength_mg integer not null check (strength_mg > 0),
  form text not null,
  controlled boolean not null default false
);
comment on table care.drug is 'What can be prescribed';
comment on column care.drug.code is 'Four letters';
comment on column care.drug.ingredient is 'Active ingredient';
comment on column care.drug.strength_mg is 'Milligrams in one unit';
comment on column care.drug.form is 'tablet, capsule, inhaler';
comment on column care.drug.controlled is 'Needs a special form';

create table care.lab_test (
  code text primary key,
  name text not null unique,
  unit text not null,
  normal numrange not null,
  possible numrange not null,
  check (normal <@ possible)
);
comment on table care.lab_test is 'What the laboratory measures';
comment on column care.lab_test.code is 'Short name';
comment on column care.lab_test.name is 'Long name';
comment on column care.lab_test.unit is 'Unit of every value';
comment on column care.lab_test.normal is 'Values of a healthy person';
comment on column care.lab_test.possible is 'Values of a living person';

create table care.patient (
  person_id bigint primary key,
  tenant_id smallint not null,
  record_number text not null unique,
  blood_group care.blood_group,
  allergies text[] not null default '{}',
  physician_number integer,
  referred_by bigint,
  insurer text not null,
  insurance_number text not null,
  notes text
);
comment on table care.patient is 'A person who is treated';
comment on column care.patient.person_id is 'Who it is';
comment on column care.patient.tenant_id is 'The clinic that treats';
comment on column care.patient.record_number is 'Number of the medical record; other systems know patients by it';
comment on column care.patient.blood_group is 'Where it is known';
comment on column care.patient.allergies is 'Known ones';
comment on column care.patient.physician_number is 'The physician at this clinic who knows the patient best';
comment on column care.patient.referred_by is 'The person who recommended the clinic';
comment on column care.patient.insurer is 'Health insurer';
comment on column care.patient.insurance_number is 'Number at the insurer';
comment on column care.patient.notes is 'Free text';

create table care.visit (
  id bigserial not null,
  started_at timestamptz not null,
  tenant_id smallint not null,
  person_id bigint not null,
  physician_number integer not null,
  status care.visit_status not null,
  planned tstzrange not null,
  ended_at timestamptz,
  duration interval generated always as (ended_at - started_at) stored,
  room text not null,
  reason text not null,
  notes text,
  vitals jsonb,
  primary key (id, started_at),
  check ((status = 'completed') = (ended_at is not null))
) partition by range (started_at);
comment on table care.visit is 'A patient sees a physician. One partition a year; the last full year is divided once more';
comment on column care.visit.id is 'Unique over all partitions';
comment on column care.visit.started_at is 'When it began, or was to begin';
comment on column care.visit.tenant_id is 'The clinic';
comment on column care.visit.person_id is 'The patient';
comment on column care.visit.physician_number is 'The physician of that clinic';
comment on column care.visit.status is 'How far it has come';
comment on column care.visit.planned is 'The slot in the calendar';
comment on column care.visit.ended_at is 'When it was over';
comment on column care.visit.duration is 'Made by the database';
comment on column care.visit.room is 'Where';
comment on column care.visit.reason is 'What the patient said';
comment on column care.visit.notes is 'What the physician wrote';
comment on column care.visit.vitals is 'pulse, pressure, temperature, smoker';

create table care.visit_2023 partition of care.visit for values from ('2023-01-01Z') to ('2024-01-01Z');
comment on table care.visit_2023 is 'Visits of 2023';
create table care.visit_2024 partition of care.visit for values from ('2024-01-01Z') to ('2025-01-01Z');
comment on table care.visit_2024 is 'Visits of 2024';
create table care.visit_2025 partition of care.visit for values from ('2025-01-01Z') to ('2026-01-01Z')
  partition by range (started_at);
comment on table care.visit_2025 is 'Visits of 2025';
create table care.visit_2025_h1 partition of care.visit_2025 for values from ('2025-01-01Z') to ('2025-07-01Z');
comment on table care.visit_2025_h1 is 'Visits of the first half of 2025';
create table care.visit_2025_h2 partition of care.visit_2025 for values from ('2025-07-01Z') to ('2026-01-01Z');
comment on table care.visit_2025_h2 is 'Visits of the second half of 2025';
create table care.visit_2026 partition of care.visit for values from ('2026-01-01Z') to ('2027-01-01Z');
comment on table care.visit_2026 is 'Visits of 2026';
create table care.visit_other partition of care.visit default;
comment on table care.visit_other is 'Visits of no other partition: should be empty';

create table care.visit_diagnosis (
  visit_id bigint not null,
  visit_started_at timestamptz not null,
  diagnosis_code care.icd10 not null,
  certainty text not null check (certainty in ('confirmed', 'suspected', 'excluded')),
  main boolean not null default false,
  primary key (visit_id, visit_started_at, diagnosis_code)
);
comment on table care.visit_diagnosis is 'What a visit found';
comment on column care.visit_diagnosis.visit_id is 'The visit';
comment on column care.visit_diagnosis.visit_started_at is 'The rest of the key of the visit';
comment on column care.visit_diagnosis.diagnosis_code is 'ICD-10';
comment on column care.visit_diagnosis.certainty is 'How sure';
comment on column care.visit_diagnosis.main is 'The main one of the visit';

create table care.prescription (
  visit_id bigint not null,
  visit_started_at timestamptz not null,
  line smallint not null check (line > 0),
  drug_code text not null,
  dosage jsonb not null check (dosage ? 'days'),
  valid daterange not null,
  repeats smallint not null default 0 check (repeats between 0 and 12),
  primary key (visit_id, visit_started_at, line)
);
comment on table care.prescription is 'What a visit prescribed';
comment on column care.prescription.visit_id is 'The visit';
comment on column care.prescription.visit_started_at is 'The rest of the key of the visit';
comment on column care.prescription.line is 'Counts from 1 on each prescription';
comment on column care.prescription.drug_code is 'What';
comment on column care.prescription.dosage is 'morning, noon, evening, days, with_food';
comment on column care.prescription.valid is 'When it can be collected';
comment on column care.prescription.repeats is 'How often it can be collected again';

create table care.lab_result (
  id bigserial not null,
  person_id bigint not null,
  test_code text not null,
  value numeric(12, 2) not null,
  unit text,
  taken_at timestamptz not null,
  reported_by text not null,
  primary key (id, person_id)
) partition by hash (person_id);
comment on table care.lab_result is 'Values from the laboratory, spread over four partitions';
comment on column care.lab_result.id is 'Unique over all partitions';
comment on column care.lab_result.person_id is 'The patient';
comment on column care.lab_result.test_code is 'What was measured';
comment on column care.lab_result.value is 'In the unit of the test';
comment on column care.lab_result.unit is 'As reported';
comment on column care.lab_result.taken_at is 'When the sample was taken';
comment on column care.lab_result.reported_by is 'The device, or by hand';
create table care.lab_result_0 partition of care.lab_result for values with (modulus 4, remainder 0);
comment on table care.lab_result_0 is 'First quarter of the values';
create table care.lab_result_1 partition of care.lab_result for values with (modulus 4, remainder 1);
comment on table care.lab_result_1 is 'Second quarter of the values';
create table care.lab_result_2 partition of care.lab_result for values with (modulus 4, remainder 2);
comment on table care.lab_result_2 is 'Third quarter of the values';
create table care.lab_result_3 partition of care.lab_result for values with (modulus 4, remainder 3);
comment on table care.lab_result_3 is 'Fourth quarter of the values';

create table care.claim (
  id bigint generated by default as identity primary key,
  visit_id bigint,
  visit_started_at timestamptz,
  person_id bigint not null,
  insurer text not null,
  status text not null check (status in ('open', 'paid', 'rejected')),
  claimed numeric(12, 2) not null check (claimed > 0),
  paid numeric(12, 2),
  iban text not null,
  submitted_on date not null,
  check ((status = 'paid') = (paid is not null))
);
comment on table care.claim is 'What is asked of an insurer for a visit';
comment on column care.claim.id is 'Number of the claim';
comment on column care.claim.visit_id is 'The visit, as long as it is kept';
comment on column care.claim.visit_started_at is 'The rest of the key of the visit';
comment on column care.claim.person_id is 'The patient';
comment on column care.claim.insurer is 'Who is asked';
comment on column care.claim.status is 'open, paid or rejected';
comment on column care.claim.claimed is 'Asked, in the currency of the clinic';
comment on column care.claim.paid is 'Paid, in the same currency';
comment on column care.claim.iban is 'Where the payment goes; not checked';
comment on column care.claim.submitted_on is 'Day of the claim';

create table care.lab_import (
  received_at timestamptz not null,
  message_id text not null,
  record_number text,
  patient_email text,
  patient_name text,
  test text,
  result text,
  payload jsonb
);
comment on table care.lab_import is 'Messages of other laboratories as they came in. No keys: record_number and patient_email only look like some';
comment on column care.lab_import.received_at is 'When it came';
comment on column care.lab_import.message_id is 'Number of the sender; should be unique';
comment on column care.lab_import.record_number is 'Should be that of a patient';
comment on column care.lab_import.patient_email is 'Should be that of a person';
comment on column care.lab_import.patient_name is 'Family name, given name';
comment on column care.lab_import.test is 'Name of the test';
comment on column care.lab_import.result is 'Value and unit';
comment on column care.lab_import.payload is 'The message';
