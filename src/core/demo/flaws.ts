/** The six dimensions of data quality, and personal data where nobody expects it. */
export type Dimension =
  | 'completeness'
  | 'uniqueness'
  | 'validity'
  | 'accuracy'
  | 'consistency'
  | 'timeliness'
  | 'privacy'

export interface Flaw {
  table: string
  dimension: Dimension
  /** What is wrong, for a person. */
  about: string
  /** Counts it: one row, one column. Works on any PostgreSQL from 12 on. */
  sql: string
}

const email = `'^[a-z0-9.+-]+@[a-z0-9-]+([.][a-z0-9-]+)+$'`

const catalogue = {
  'person.duplicate': {
    table: 'people.person',
    dimension: 'uniqueness',
    about: 'The same person registered twice: same e-mail and birth date under another id.',
    sql: 'select count(*) - count(distinct (email, birth_date)) from people.person',
  },
  'person.email_malformed': {
    table: 'people.person',
    dimension: 'validity',
    about: 'An e-mail address that is none.',
    sql: `select count(*) from people.person where email !~ ${email}`,
  },
  'person.phone_placeholder': {
    table: 'people.person',
    dimension: 'completeness',
    about: 'A placeholder where the telephone number should be.',
    sql: `select count(*) from people.person where phone in ('n/a', '-', 'unknown', '0000000')`,
  },
  'person.birth_date_missing': {
    table: 'people.person',
    dimension: 'completeness',
    about: 'No birth date.',
    sql: 'select count(*) from people.person where birth_date is null',
  },
  'person.birth_date_future': {
    table: 'people.person',
    dimension: 'validity',
    about: 'Born in the future: a mistyped century.',
    sql: 'select count(*) from people.person where birth_date > now()',
  },
  'person.contact_in_extra': {
    table: 'people.person',
    dimension: 'privacy',
    about: "Someone else's telephone number inside the jsonb column extra.",
    sql: `select count(*) from people.person where extra ->> 'import_note' ~ '[+][0-9]'`,
  },
  'address.city_blank': {
    table: 'people.address',
    dimension: 'completeness',
    about: 'A blank city.',
    sql: `select count(*) from people.address where btrim(city) = ''`,
  },
  'address.postal_code_placeholder': {
    table: 'people.address',
    dimension: 'completeness',
    about: 'A postal code that only fills the field.',
    sql: `select count(*) from people.address where postal_code in ('00000', 'XXXXX')`,
  },
  'employee.salary_zero': {
    table: 'people.employee',
    dimension: 'accuracy',
    about: 'An employee who is paid nothing.',
    sql: 'select count(*) from people.employee where salary = 0',
  },
  'visit.ended_before_started': {
    table: 'care.visit',
    dimension: 'consistency',
    about: 'A visit that ended before it started.',
    sql: 'select count(*) from care.visit where ended_at < started_at',
  },
  'visit.future': {
    table: 'care.visit',
    dimension: 'validity',
    about: 'A visit that is over and lies decades ahead; it landed in the default partition.',
    sql: `select count(*) from care.visit where status = 'completed' and started_at > now()`,
  },
  'visit.stuck': {
    table: 'care.visit',
    dimension: 'timeliness',
    about: 'A visit that has been in progress for more than 30 days.',
    sql: `select count(*) from care.visit where status = 'in_progress' and started_at < '2026-06-01'`,
  },
  'visit.contact_in_notes': {
    table: 'care.visit',
    dimension: 'privacy',
    about: "A relative's name, telephone number and e-mail in the free text.",
    sql: `select count(*) from care.visit where notes ~ '[a-z0-9.]+@[a-z0-9.]+'`,
  },
  'lab_result.impossible': {
    table: 'care.lab_result',
    dimension: 'validity',
    about: 'A value that no living person has.',
    sql: `select count(*) from care.lab_result r join care.lab_test t on t.code = r.test_code where not t.possible @> r.value`,
  },
  'lab_result.unit_missing': {
    table: 'care.lab_result',
    dimension: 'completeness',
    about: 'A value without its unit.',
    sql: 'select count(*) from care.lab_result where unit is null',
  },
  'lab_result.future': {
    table: 'care.lab_result',
    dimension: 'validity',
    about: 'A sample that is yet to be taken.',
    sql: 'select count(*) from care.lab_result where taken_at > now()',
  },
  'claim.iban_invalid': {
    table: 'care.claim',
    dimension: 'validity',
    about: 'An IBAN with a wrong checksum.',
    sql: 'select count(*) from care.claim where not people.iban_is_valid(iban)',
  },
  'claim.overpaid': {
    table: 'care.claim',
    dimension: 'consistency',
    about: 'More paid than claimed.',
    sql: 'select count(*) from care.claim where paid > claimed',
  },
  'lab_import.patient_unknown': {
    table: 'care.lab_import',
    dimension: 'consistency',
    about: 'A record number that no patient has; no foreign key says so.',
    sql: `select count(*) from care.lab_import i where not exists (select from care.patient p where p.record_number = i.record_number)`,
  },
  'lab_import.email_unknown': {
    table: 'care.lab_import',
    dimension: 'consistency',
    about: 'An e-mail address that no person has; no foreign key says so.',
    sql: `select count(*) from care.lab_import i where not exists (select from people.person p where p.email = i.patient_email)`,
  },
  'lab_import.duplicate': {
    table: 'care.lab_import',
    dimension: 'uniqueness',
    about: 'A message that was imported twice.',
    sql: 'select count(*) - count(distinct message_id) from care.lab_import',
  },
  'product.price_zero': {
    table: 'shop.product',
    dimension: 'accuracy',
    about: 'A product for nothing.',
    sql: 'select count(*) from shop.product where price = 0',
  },
  'product.description_placeholder': {
    table: 'shop.product',
    dimension: 'completeness',
    about: 'A description still to be written.',
    sql: `select count(*) from shop.product where description in ('TBD', 'xxx', 'lorem ipsum')`,
  },
  'order.total_wrong': {
    table: 'shop.order',
    dimension: 'accuracy',
    about: "A total that is not the sum of the order's items and its shipping.",
    sql: `select count(*) from shop."order" o where o.total <> o.shipping + (select sum(i.total) from shop.order_item i where i.order_id = o.id)`,
  },
  'order.shipped_before_ordered': {
    table: 'shop.order',
    dimension: 'consistency',
    about: 'Shipped before it was ordered.',
    sql: 'select count(*) from shop."order" where shipped_at < ordered_at',
  },
  'order.card_in_note': {
    table: 'shop.order',
    dimension: 'privacy',
    about: 'A whole card number in the note.',
    sql: `select count(*) from shop."order" where people.luhn_is_valid(substring(note from '(?:[0-9][ -]?){13,16}'))`,
  },
  'payment.card_in_gateway': {
    table: 'shop.payment',
    dimension: 'privacy',
    about: "A whole card number in the gateway's answer, which is kept as jsonb.",
    sql: `select count(*) from shop.payment where people.luhn_is_valid(gateway ->> 'pan')`,
  },
  'review.product_unknown': {
    table: 'shop.review',
    dimension: 'consistency',
    about: 'A review of a product that is not there; no foreign key says so.',
    sql: `select count(*) from shop.review r where not exists (select from shop.product p where p.sku = r.product_sku)`,
  },
  'review.rating_out_of_range': {
    table: 'shop.review',
    dimension: 'validity',
    about: 'A rating that is not 1 to 5.',
    sql: 'select count(*) from shop.review where rating not between 1 and 5',
  },
  'review.duplicate': {
    table: 'shop.review',
    dimension: 'uniqueness',
    about: 'The same review once more under another id.',
    sql: 'select count(*) - count(distinct (product_sku, customer_id, created_at, body)) from shop.review',
  },
  'newsletter.duplicate': {
    table: 'shop.newsletter',
    dimension: 'uniqueness',
    about: 'The same reader twice, once in capitals.',
    sql: 'select count(*) - count(distinct lower(email)) from shop.newsletter',
  },
  'newsletter.person_unknown': {
    table: 'shop.newsletter',
    dimension: 'consistency',
    about: 'A reader whom people.person does not know; no foreign key says so.',
    sql: `select count(*) from shop.newsletter n where lower(n.email) ~ ${email} and not exists (select from people.person p where p.email = lower(n.email))`,
  },
  'newsletter.email_malformed': {
    table: 'shop.newsletter',
    dimension: 'validity',
    about: 'An e-mail address that is none.',
    sql: `select count(*) from shop.newsletter where lower(email) !~ ${email}`,
  },
  'newsletter.stale': {
    table: 'shop.newsletter',
    dimension: 'timeliness',
    about: 'Still subscribed, and opened nothing for three years.',
    sql: `select count(*) from shop.newsletter where not unsubscribed and last_opened_at < '2023-07-01'`,
  },
  'account.weak_hash': {
    table: 'auth.account',
    dimension: 'privacy',
    about: 'A password hashed with a single round.',
    sql: 'select count(*) from auth.account where password_rounds = 1',
  },
  'session.not_purged': {
    table: 'auth.session',
    dimension: 'timeliness',
    about: 'A session that expired more than 90 days ago and is still kept.',
    sql: `select count(*) from auth.session where expires_at < '2026-04-02'`,
  },
  'login_attempt.password_as_name': {
    table: 'auth.login_attempt',
    dimension: 'privacy',
    about: 'A password typed where the e-mail address belongs, kept for ever in the log.',
    sql: `select count(*) from auth.login_attempt where email !~ '@'`,
  },
} satisfies Record<string, Flaw>

export type FlawId = keyof typeof catalogue

/** Every flaw that is planted in the sample, and the plain query that counts it. */
export const flaws: Readonly<Record<FlawId, Flaw>> = catalogue
