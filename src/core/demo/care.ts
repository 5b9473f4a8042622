import { money, textArray, type Value } from './copy.ts'
import type { Random } from './random.ts'
import { numbered, type Table } from './table.ts'
import { date, daySeconds, moment, present, timestamp } from './time.ts'
import {
  advice,
  allergies,
  bloodGroups,
  codedDiagnoses,
  complaints,
  diagnoses,
  drugs,
  findings,
  insurers,
  labTests,
} from './words/medicine.ts'
import type { World } from './world.ts'

/** The tables of the schema `care`, in an order in which each needs only those before it. */
export function careTables(world: World): Table[] {
  const claims = claimCount(world)
  return [
    {
      schema: 'care',
      name: 'diagnosis_code',
      columns: ['code', 'parent_code', 'title'],
      expected: diagnoses.length,
      rows: () => diagnoses.map(({ code, parent, title }) => [code, parent, title]),
    },
    {
      schema: 'care',
      name: 'drug',
      columns: ['code', 'ingredient', 'strength_mg', 'form', 'controlled'],
      expected: drugs.length,
      rows: () => drugs.map((drug) => [drug.code, drug.name, drug.mg, drug.form, drug.controlled]),
    },
    {
      schema: 'care',
      name: 'lab_test',
      columns: ['code', 'name', 'unit', 'normal', 'possible'],
      expected: labTests.length,
      rows: () =>
        labTests.map(({ code, name, unit, normal, possible }) => [
          ...[code, name, unit],
          ...[`[${normal[0]},${normal[1]}]`, `[${possible[0]},${possible[1]}]`],
        ]),
    },
    {
      schema: 'care',
      name: 'patient',
      columns: [
        ...['person_id', 'tenant_id', 'record_number', 'blood_group', 'allergies', 'physician_number'],
        ...['referred_by', 'insurer', 'insurance_number', 'notes'],
      ],
      expected: world.people * 0.9,
      rows: () => numbered(world.people, (row) => (world.isPatient(row) ? patient(world, row) : null)),
    },
    {
      schema: 'care',
      name: 'visit',
      columns: [
        ...['id', 'started_at', 'tenant_id', 'person_id', 'physician_number', 'status', 'planned', 'ended_at'],
        ...['room', 'reason', 'notes', 'vitals'],
      ],
      expected: world.visits,
      rows: () => numbered(world.visits, (row) => visit(world, row)),
    },
    {
      schema: 'care',
      name: 'visit_diagnosis',
      columns: ['visit_id', 'visit_started_at', 'diagnosis_code', 'certainty', 'main'],
      expected: world.visits * 1.2,
      rows: () => visitDiagnoses(world),
    },
    {
      schema: 'care',
      name: 'prescription',
      columns: ['visit_id', 'visit_started_at', 'line', 'drug_code', 'dosage', 'valid', 'repeats'],
      expected: world.visits * 0.4,
      rows: () => prescriptions(world),
    },
    {
      schema: 'care',
      name: 'lab_result',
      columns: ['id', 'person_id', 'test_code', 'value', 'unit', 'taken_at', 'reported_by'],
      expected: world.labResults,
      rows: () => numbered(world.labResults, (row) => labResult(world, row)),
    },
    {
      schema: 'care',
      name: 'claim',
      columns: [
        ...['id', 'visit_id', 'visit_started_at', 'person_id', 'insurer', 'status', 'claimed', 'paid', 'iban'],
        'submitted_on',
      ],
      expected: claims * 0.9,
      rows: () => numbered(claims, (row) => (hasClaim(world, row) ? claim(world, row) : null)),
    },
    {
      schema: 'care',
      name: 'lab_import',
      columns: [
        ...['received_at', 'message_id', 'record_number', 'patient_email', 'patient_name', 'test', 'result', 'payload'],
      ],
      expected: world.labImports,
      rows: () => numbered(world.labImports, (row) => labImport(world, row)),
    },
  ]
}

function patient(world: World, row: number): Value[] {
  const random = world.random('patient', row)
  const tenant = world.tenantOf(row)
  return [
    row,
    tenant,
    world.recordNumber(row),
    random.percent(80) ? random.pick(bloodGroups) : null,
    textArray(allergies.filter(() => random.percent(8))),
    random.percent(90) ? world.physicianOf(tenant, random) : null,
    row > 1 && random.percent(15) ? random.between(1, row - 1) : null,
    random.pick(insurers),
    `${random.pick(['K', 'P', 'V'])}${random.digits(9)}`,
    random.percent(12) ? `Prefers the morning. ${random.pick(advice)}` : null,
  ]
}

interface Visit {
  start: number
  person: number
  tenant: number
  status: 'completed' | 'cancelled' | 'no_show' | 'in_progress'
  flaw: ReturnType<World['fate']['visit']>
}

function visitOf(world: World, row: number, random: Random): Visit {
  const flaw = world.fate.visit(row)
  const begun = moment(row, world.visits, (below) => random.int(below))
  const person = world.nearest(random.between(1, world.knownAt(begun)), world.people, (other) => world.isPatient(other))
  const hours = (8 + random.int(10)) * 3600 + random.int(12) * 300
  const start = begun - (begun % daySeconds) + hours
  const drawn = random.percent(88) ? 'completed' : random.pick(['cancelled', 'no_show'] as const)
  const base = { person, tenant: world.tenantOf(person), flaw }
  switch (flaw) {
    case null:
      return { ...base, start, status: drawn }
    case 'visit.stuck':
      // Long enough ago, wherever in time the row fell.
      return { ...base, start: Math.min(start, present - 60 * daySeconds), status: 'in_progress' }
    case 'visit.future':
      return { ...base, start: start + 24_106 * daySeconds, status: 'completed' }
    default:
      return { ...base, start, status: 'completed' }
  }
}

function visit(world: World, row: number): Value[] {
  const random = world.random('visit', row)
  const { start, person, tenant, status, flaw } = visitOf(world, row, random)
  const minutes = random.between(10, 60)
  const end = flaw === 'visit.ended_before_started' ? start - minutes * 60 : start + minutes * 60
  const took = status === 'completed'
  const complaint = random.pick(complaints)
  return [
    row,
    timestamp(start),
    tenant,
    person,
    world.physicianOf(tenant, random),
    status,
    `["${timestamp(start)}","${timestamp(start + 1800)}")`,
    took ? timestamp(end) : null,
    `${random.pick(['A', 'B'])}${random.between(1, 12)}`,
    complaint,
    took ? notes(world, flaw, person, complaint, random) : null,
    took ? JSON.stringify(vitals(random)) : null,
  ]
}

function notes(world: World, flaw: string | null, person: number, complaint: string, random: Random): string {
  const text = `Came with ${complaint}. ${random.pick(findings)} ${random.pick(advice)}`
  if (flaw !== 'visit.contact_in_notes') return text
  const relative = world.identity(person === 1 ? 2 : person - 1)
  return `${text}\nIn an emergency call ${relative.given} ${relative.family}, ${relative.phone}, ${relative.email}`
}

function vitals(random: Random): Record<string, unknown> {
  return {
    pulse: random.between(54, 104),
    pressure: [random.between(105, 158), random.between(62, 98)],
    ...(random.percent(40) ? { temperature: random.between(360, 385) / 10 } : {}),
    ...(random.percent(30) ? { smoker: random.percent(25) } : {}),
  }
}

function* visitDiagnoses(world: World): Generator<Value[]> {
  for (let row = 1; row <= world.visits; row++) {
    const { start, status } = visitOf(world, row, world.random('visit', row))
    if (status !== 'completed') continue
    const random = world.random('visitDiagnosis', row)
    const codes = new Set<string>()
    for (let count = random.between(1, 2); count > 0; count--) codes.add(random.pick(codedDiagnoses).code)
    for (const [index, code] of [...codes].entries()) {
      yield [row, timestamp(start), code, random.pick(['confirmed', 'confirmed', 'suspected', 'excluded']), index === 0]
    }
  }
}

function* prescriptions(world: World): Generator<Value[]> {
  for (let row = 1; row <= world.visits; row++) {
    const { start, status, flaw } = visitOf(world, row, world.random('visit', row))
    if (status !== 'completed' || flaw === 'visit.future') continue
    const random = world.random('prescription', row)
    const lines = random.percent(35) ? random.between(1, 2) : 0
    for (let line = 1; line <= lines; line++) {
      const dosage = { morning: random.between(0, 2), noon: random.int(2), evening: random.between(0, 2) }
      yield [
        row,
        timestamp(start),
        line,
        random.pick(drugs).code,
        JSON.stringify({ ...dosage, days: random.pick([5, 7, 14, 30, 90]), with_food: random.percent(50) }),
        `[${date(start)},${date(start + random.pick([28, 90, 365]) * daySeconds)})`,
        random.int(4),
      ]
    }
  }
}

function labResult(world: World, row: number): Value[] {
  const random = world.random('labResult', row)
  const flaw = world.fate.labResult(row)
  const taken = moment(row, world.labResults, (below) => random.int(below))
  const person = world.nearest(random.between(1, world.knownAt(taken)), world.people, (other) => world.isPatient(other))
  const test = random.pick(labTests)
  const [low, high] = test.normal.map((limit) => Math.round(limit * 100))
  const spread = Math.round(((high ?? 0) - (low ?? 0)) * 0.3)
  const value = random.between(Math.max((low ?? 0) - spread, test.possible[0] * 100), (high ?? 0) + spread)
  // A slipped decimal point, or the wrong unit.
  const recorded = flaw === 'lab_result.impossible' ? test.possible[1] * 100 * random.between(2, 10) : value
  return [
    row,
    person,
    test.code,
    money(Math.round(recorded)),
    flaw === 'lab_result.unit_missing' ? null : test.unit,
    timestamp(flaw === 'lab_result.future' ? taken + 24_106 * daySeconds : taken),
    random.pick(['analyser 1', 'analyser 2', 'by hand']),
  ]
}

export function claimCount(world: World): number {
  return Math.floor(world.visits / 3)
}

/** Claim n is about visit 3n, if that took place. */
export function hasClaim(world: World, row: number): boolean {
  const { status, flaw } = visitOf(world, row * 3, world.random('visit', row * 3))
  return status === 'completed' && flaw !== 'visit.future'
}

function claim(world: World, row: number): Value[] {
  const random = world.random('claim', row)
  const flaw = world.fate.claim(row)
  const { start, person } = visitOf(world, row * 3, world.random('visit', row * 3))
  const claimed = random.between(3000, 90_000)
  const status = flaw === 'claim.overpaid' ? 'paid' : random.pick(['paid', 'paid', 'paid', 'open', 'rejected'])
  const paid = flaw === 'claim.overpaid' ? claimed * 10 : claimed - random.int(claimed)
  const account = world.iban(random)
  return [
    row,
    row * 3,
    timestamp(start),
    person,
    random.pick(insurers),
    status,
    money(claimed),
    status === 'paid' ? money(paid) : null,
    flaw === 'claim.iban_invalid' ? nextDigit(account) : account,
    date(Math.min(start + random.between(0, 20) * daySeconds, present - 1)),
  ]
}

/** Mistypes the last digit; any one digit that is wrong breaks the checksum. */
function nextDigit(account: string): string {
  return `${account.slice(0, -1)}${(Number(account.slice(-1)) + 1) % 10}`
}

function labImport(world: World, row: number): Value[] {
  const flaw = world.fate.labImport(row)
  if (flaw === 'lab_import.duplicate') {
    const source = world.nearest(row, world.labImports, (other) => world.fate.labImport(other) === null)
    return labImport(world, source)
  }
  const random = world.random('labImport', row)
  const received = moment(row, world.labImports, (below) => random.int(below))
  const person = world.nearest(
    random.between(1, world.knownAt(received)),
    world.people,
    (other) => world.isPatient(other) && world.fate.person(other) !== 'person.email_malformed',
  )
  const { given, family, email } = world.identity(person)
  const test = random.pick(labTests)
  const result = `${random.between(1, 300)} ${test.unit}`
  return [
    timestamp(received),
    `MSG-${String(row).padStart(8, '0')}`,
    flaw === 'lab_import.patient_unknown' ? `M999-${String(row).padStart(7, '0')}` : world.recordNumber(person),
    flaw === 'lab_import.email_unknown' ? `unknown.${row}@lab.example` : email,
    `${family}, ${given}`,
    test.name,
    result,
    JSON.stringify({ segments: [`OBX|1|NM|${test.code}`, result], source: random.pick(['north', 'south']) }),
  ]
}
