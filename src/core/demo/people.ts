import { money, textArray, type Value } from './copy.ts'
import type { Random } from './random.ts'
import { numbered, type Table } from './table.ts'
import { date, daySeconds, opening, present, timestamp } from './time.ts'
import { departments } from './words/medicine.ts'
import { countries, locales } from './words/names.ts'
import type { World } from './world.ts'

const countryNames = {
  DE: ['Germany', '+49', 'EUR'],
  GB: ['United Kingdom', '+44', 'GBP'],
  US: ['United States', '+1', 'USD'],
  FR: ['France', '+33', 'EUR'],
  AU: ['Australia', '+61', 'AUD'],
} as const

const tenantNames = [
  'Lindenhof',
  'Harbour View',
  'Cedar Hill',
  'Les Mouettes',
  'Wattle Creek',
  'Sonnenberg',
  'Old Mill',
]
const interests = ['walking', 'nutrition', 'back care', 'sleep', 'diabetes', 'travel vaccines', 'sports', 'skin care']
const purposes = ['treatment', 'newsletter', 'research'] as const

/** The tables of the schema `people`, in an order in which each needs only those before it. */
export function peopleTables(world: World): Table[] {
  return [
    {
      schema: 'people',
      name: 'country',
      columns: ['code', 'name', 'dialling_code', 'currency'],
      expected: countries.length,
      rows: () => countries.map((code) => [code, ...countryNames[code]]),
    },
    {
      schema: 'people',
      name: 'tenant',
      columns: ['id', 'parent_id', 'name', 'country', 'opened_on', 'opening_hours', 'settings'],
      expected: world.tenants,
      rows: () => numbered(world.tenants, (row) => tenant(world, row)),
    },
    {
      schema: 'people',
      name: 'person',
      columns: [
        ...['id', 'tenant_id', 'given_name', 'family_name', 'sex', 'birth_date', 'email', 'phone', 'national_id'],
        ...['language', 'emergency_contact_id', 'main_address', 'interests', 'extra', 'created_at', 'updated_at'],
      ],
      expected: world.people,
      rows: () => numbered(world.people, (row) => person(world, row)),
    },
    {
      schema: 'people',
      name: 'address',
      columns: ['person_id', 'number', 'kind', 'street', 'postal_code', 'city', 'country', 'lived_there'],
      expected: world.people * 1.25,
      rows: () => addresses(world),
    },
    {
      schema: 'people',
      name: 'consent',
      columns: ['person_id', 'purpose', 'given', 'channel', 'evidence'],
      expected: world.people * 1.7,
      rows: () => consents(world),
    },
    {
      schema: 'people',
      name: 'department',
      columns: ['tenant_id', 'code', 'name', 'head_number', 'remarks'],
      expected: world.tenants * departments.length,
      rows: () => departmentRows(world),
    },
    {
      schema: 'people',
      name: 'employee',
      columns: [
        ...['tenant_id', 'number', 'person_id', 'department', 'manager_number', 'role', 'salary', 'iban'],
        ...['employed', 'weekly_hours', 'skills'],
      ],
      expected: world.employees,
      rows: () => numbered(world.employees, (row) => employee(world, row)),
    },
  ]
}

function tenant(world: World, row: number): Value[] {
  const random = world.random('tenant', row)
  const country = world.countryOf(row)
  const name = `${tenantNames[(row - 1) % tenantNames.length] ?? ''} ${random.pick(locales[country].cities)}`
  const settings = { currency: countryNames[country][2], reminders: random.percent(70), beds: random.between(0, 40) }
  // The first one is the group's head; every fifth has branches of its own.
  const parent = row === 1 ? null : row <= 5 ? 1 : 1 + (row % 5)
  const opened = opening - random.between(400, 9000) * daySeconds
  return [row, parent, name, country, date(opened), '[480,1080)', JSON.stringify(settings)]
}

function person(world: World, row: number): Value[] {
  const random = world.random('person', row)
  const identity = world.identity(row)
  const flaw = world.fate.person(row)
  const registered = world.registeredAt(row)
  const extra: Record<string, string | boolean> = {}
  if (random.percent(30)) extra['newsletter_language'] = locales[identity.country].language
  if (random.percent(20)) extra['wheelchair'] = random.percent(30)
  if (flaw === 'person.contact_in_extra')
    extra['import_note'] = `ask neighbour, ${world.identity(randomOther(row)).phone}`
  return [
    row,
    world.tenantOf(row),
    identity.given,
    identity.family,
    identity.sex,
    birthDate(identity.birthDate, flaw),
    flaw === 'person.email_malformed' ? malformed(identity.email, random) : identity.email,
    flaw === 'person.phone_placeholder' ? random.pick(['n/a', '-', 'unknown', '0000000']) : identity.phone,
    identity.nationalId,
    locales[identity.country].language,
    row > 1 && random.percent(40) ? random.between(1, row - 1) : null,
    1,
    textArray(interests.filter(() => random.percent(20))),
    JSON.stringify(extra),
    timestamp(registered),
    timestamp(registered + random.int(Math.max(1, present - registered))),
  ]
}

function randomOther(row: number): number {
  return row === 1 ? 2 : row - 1
}

function birthDate(seconds: number, flaw: string | null): string | null {
  if (flaw === 'person.birth_date_missing') return null
  // The 28th is in every month of every year.
  return flaw === 'person.birth_date_future' ? `209${date(seconds).slice(3, 8)}28` : date(seconds)
}

/** What people and bad forms make of an address. */
export function malformed(email: string, random: Random): string {
  const [name = '', host = ''] = email.split('@')
  return random.pick([
    `${name}(at)${host}`,
    `${name}@`,
    `${name} @${host}`,
    `${name}@${host.replaceAll('.', '..')}`,
    name,
  ])
}

function* addresses(world: World): Generator<Value[]> {
  for (let row = 1; row <= world.people; row++) {
    const random = world.random('address', row)
    const flaw = world.fate.address(row)
    const { country, birthDate: born } = world.identity(row)
    const moved = Math.max(born + daySeconds, opening - random.between(100, 3000) * daySeconds)
    const second = random.percent(25)
    const kinds = second ? ['home', random.pick(['work', 'billing', 'former'])] : ['home']
    for (const [index, kind] of kinds.entries()) {
      const isFlawed = index === 0
      const locale = locales[country]
      const house = random.between(1, 180)
      const street = random.pick(locale.streets)
      const city = isFlawed && flaw === 'address.city_blank' ? ' ' : random.pick(locale.cities)
      const code = postalCode(country, random)
      const placeholder = isFlawed && flaw === 'address.postal_code_placeholder'
      yield [
        row,
        index + 1,
        kind,
        country === 'DE' ? `${street} ${house}` : `${house} ${street}`,
        placeholder ? random.pick(['00000', 'XXXXX']) : code,
        city,
        country,
        kind === 'former' ? `[${date(born)},${date(moved)})` : `[${date(moved)},)`,
      ]
    }
  }
}

function postalCode(country: string, random: Random): string {
  switch (country) {
    case 'GB':
      return `${random.pick(['BA', 'BS', 'EX', 'LN', 'OX', 'YO'])}${random.between(1, 29)} ${random.int(10)}ZZ`
    case 'AU':
      return String(random.between(2000, 7999))
    default:
      return String(random.between(10_001, 97_999))
  }
}

function* consents(world: World): Generator<Value[]> {
  for (let row = 1; row <= world.people; row++) {
    const random = world.random('consent', row)
    for (const purpose of purposes) {
      if (purpose !== 'treatment' && !random.percent(35)) continue
      const from = world.registeredAt(row)
      const until = purpose === 'newsletter' && random.percent(25) ? from + random.between(30, 600) * daySeconds : null
      const evidence = { form: `F-${random.between(1, 9)}`, version: random.between(1, 4) }
      yield [
        row,
        purpose,
        `["${timestamp(from)}",${until === null ? '' : `"${timestamp(until)}"`})`,
        random.pick(['paper', 'web', 'phone']),
        JSON.stringify(evidence),
      ]
    }
  }
}

function* departmentRows(world: World): Generator<Value[]> {
  for (let tenantId = 1; tenantId <= world.tenants; tenantId++) {
    for (const [index, { code, name }] of departments.entries()) {
      yield [tenantId, code, name, index + 1, index === 0 ? 'Reception is on the ground floor.' : null]
    }
  }
}

function employee(world: World, row: number): Value[] {
  const random = world.random('employee', row)
  const number = Math.floor((row - 1) / world.tenants) + 1
  const department = departments[(number - 1) % departments.length]?.code ?? 'office'
  const role =
    number === 1 ? 'director' : number % 2 === 0 ? 'physician' : random.pick(['nurse', 'clerk', 'technician'])
  const salary = (role === 'physician' ? 90_000 : role === 'director' ? 120_000 : 38_000) + random.int(30_000)
  const hired = opening - random.between(50, 4000) * daySeconds
  const left = random.percent(8) && number > 8 ? date(present - random.between(10, 700) * daySeconds) : ''
  return [
    ((row - 1) % world.tenants) + 1,
    number,
    row,
    department,
    number === 1 ? null : Math.max(1, Math.floor(number / 4)),
    role,
    world.fate.employee(row) === 'employee.salary_zero' ? '0.00' : money(salary * 100 + random.int(100)),
    world.iban(random),
    `[${date(hired)},${left})`,
    random.pick([20, 30, 38, 40]),
    textArray(['first aid', 'triage', 'ultrasound', 'billing'].filter(() => random.percent(30))),
  ]
}
