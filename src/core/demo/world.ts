import { dealFlaws, type Fate, type Plan } from './fate.ts'
import { iban, nationalId, phone } from './identifiers.ts'
import { mix, Random } from './random.ts'
import { daySeconds, opening, present } from './time.ts'
import { type Country, countries, locales, plain } from './words/names.ts'

export interface SampleOptions {
  /** 1 makes 2,000 people and 10,000 visits; 0.1 suits tests, 100 benchmarks. */
  scale: number
  /** Any whole number; the same one makes the same rows. */
  seed: number
}

/** Where the flaws fall. The figures add up to less than a tenth of the rows of a table. */
export const plans = {
  person: {
    block: 101,
    flaws: [
      ['person.duplicate', 2],
      ['person.email_malformed', 2],
      ['person.phone_placeholder', 2],
      ['person.birth_date_missing', 1],
      ['person.birth_date_future', 1],
      ['person.contact_in_extra', 1],
    ],
  },
  address: {
    block: 101,
    flaws: [
      ['address.city_blank', 1],
      ['address.postal_code_placeholder', 2],
    ],
  },
  employee: { block: 23, flaws: [['employee.salary_zero', 1]] },
  visit: {
    block: 499,
    flaws: [
      ['visit.ended_before_started', 3],
      ['visit.future', 2],
      ['visit.stuck', 4],
      ['visit.contact_in_notes', 5],
    ],
  },
  labResult: {
    block: 499,
    flaws: [
      ['lab_result.impossible', 5],
      ['lab_result.unit_missing', 3],
      ['lab_result.future', 2],
    ],
  },
  claim: {
    block: 101,
    flaws: [
      ['claim.iban_invalid', 2],
      ['claim.overpaid', 1],
    ],
  },
  labImport: {
    block: 101,
    flaws: [
      ['lab_import.patient_unknown', 3],
      ['lab_import.email_unknown', 2],
      ['lab_import.duplicate', 2],
    ],
  },
  product: {
    block: 37,
    flaws: [
      ['product.price_zero', 1],
      ['product.description_placeholder', 1],
    ],
  },
  order: {
    block: 199,
    flaws: [
      ['order.total_wrong', 3],
      ['order.shipped_before_ordered', 2],
      ['order.card_in_note', 2],
    ],
  },
  payment: { block: 199, flaws: [['payment.card_in_gateway', 2]] },
  review: {
    block: 101,
    flaws: [
      ['review.product_unknown', 2],
      ['review.rating_out_of_range', 2],
      ['review.duplicate', 1],
    ],
  },
  newsletter: {
    block: 61,
    flaws: [
      ['newsletter.duplicate', 1],
      ['newsletter.person_unknown', 1],
      ['newsletter.email_malformed', 1],
      ['newsletter.stale', 2],
    ],
  },
  account: { block: 61, flaws: [['account.weak_hash', 1]] },
  session: { block: 47, flaws: [['session.not_purged', 2]] },
  loginAttempt: { block: 199, flaws: [['login_attempt.password_as_name', 1]] },
} as const satisfies Record<string, Plan>

export type Planned = keyof typeof plans

// Streams of chance: one for each thing that is drawn on its own.
const streams = {
  ...{ tenant: 1, tenantOf: 2, identity: 3, person: 4, address: 5, consent: 6, employee: 7, patient: 8, visit: 9 },
  ...{ visitDiagnosis: 10, prescription: 11, labResult: 12, claim: 13, labImport: 14, product: 15, customer: 16 },
  ...{ order: 17, orderItem: 18, payment: 19, review: 20, newsletter: 21, account: 22, session: 23, loginAttempt: 24 },
  registered: 25,
}
export type Stream = keyof typeof streams
const fateStream = 1000

export interface Identity {
  given: string
  family: string
  sex: 'female' | 'male' | 'diverse'
  birthDate: number
  email: string
  country: Country
  nationalId: string | null
  phone: string
}

/**
 * What any table may ask about any row of another: sizes, who a person is, when they came. All of it is
 * computed from the seed, nothing is remembered, so that memory does not grow with the scale.
 */
export class World {
  readonly seed: number
  readonly tenants: number
  readonly people: number
  readonly employees: number
  readonly visits: number
  readonly labResults: number
  readonly labImports: number
  readonly products: number
  readonly orders: number
  readonly reviews: number
  readonly newsletters: number
  readonly sessions: number
  readonly loginAttempts: number
  readonly fate: Readonly<Record<Planned, Fate>>

  /** @throws RangeError for a scale that is not 0.01 to 1,000 or a seed that is no whole number of 32 bits */
  constructor({ scale, seed }: SampleOptions) {
    if (!(scale >= 0.01 && scale <= 1000)) throw new RangeError('The scale of the sample is 0.01 to 1000.')
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
      throw new RangeError('The seed of the sample is a whole number from 0 to 4294967295.')
    }
    const size = (atScale1: number, least: number) => Math.max(least, Math.round(atScale1 * scale))
    this.seed = seed
    this.tenants = Math.min(200, Math.max(3, Math.round(6 * Math.sqrt(scale))))
    this.people = size(2000, 200)
    this.employees = size(100, this.tenants * 8)
    this.visits = size(10_000, 1000)
    this.labResults = size(12_000, 1000)
    this.labImports = size(1500, 110)
    this.products = size(400, 40)
    this.orders = size(4000, 400)
    this.reviews = size(1500, 110)
    this.newsletters = Math.floor(this.people / 2)
    this.sessions = size(600, 60)
    this.loginAttempts = size(5000, 400)

    const deal = (plan: Plan, ordinal: number) => dealFlaws(seed, fateStream + ordinal, plan)
    this.fate = {
      person: deal(plans.person, 1),
      address: deal(plans.address, 2),
      employee: deal(plans.employee, 3),
      visit: deal(plans.visit, 4),
      labResult: deal(plans.labResult, 5),
      claim: deal(plans.claim, 6),
      labImport: deal(plans.labImport, 7),
      product: deal(plans.product, 8),
      order: deal(plans.order, 9),
      payment: deal(plans.payment, 10),
      review: deal(plans.review, 11),
      newsletter: deal(plans.newsletter, 12),
      account: deal(plans.account, 13),
      session: deal(plans.session, 14),
      loginAttempt: deal(plans.loginAttempt, 15),
    }
  }

  random(stream: Stream, row: number): Random {
    return new Random(mix(this.seed, streams[stream], row))
  }

  /** The nearest row at or before `row` that is fit; goes on from `last` where there is none before. */
  nearest(row: number, last: number, isFit: (row: number) => boolean): number {
    for (let tried = 0; tried < last; tried++) {
      const candidate = ((row - 1 - tried + last) % last) + 1
      if (isFit(candidate)) return candidate
    }
    throw new RangeError(`None of ${last} rows is fit.`)
  }

  tenantOf(person: number): number {
    if (person <= this.employees) return ((person - 1) % this.tenants) + 1
    return 1 + (mix(this.seed, streams.tenantOf, person) % this.tenants)
  }

  countryOf(tenant: number): Country {
    return countries[(tenant - 1) % countries.length] ?? 'DE'
  }

  employeesOf(tenant: number): number {
    return Math.floor((this.employees - tenant) / this.tenants) + 1
  }

  /** An employee's number within the tenant. Even numbers are physicians. */
  physicianOf(tenant: number, random: Random): number {
    return 2 * random.between(1, Math.floor(this.employeesOf(tenant) / 2))
  }

  /** Three in ten were there before the opening, the others came evenly since. */
  registeredAt(person: number): number {
    const share = (person - 1) / this.people
    const day =
      share < 0.3 ? opening - (0.3 - share) * 8000 * daySeconds : opening + ((share - 0.3) / 0.7) * (present - opening)
    // Earlier by some hours, never later: whoever is counted as known has to be registered.
    return Math.floor(day) - (mix(this.seed, streams.registered, person) % 36_000)
  }

  /** Persons 1 to this one were registered by then; 1 at least. */
  knownAt(seconds: number): number {
    const share = 0.3 + (0.7 * (seconds - opening)) / (present - opening)
    return Math.max(1, Math.min(this.people, Math.floor(this.people * share)))
  }

  isPatient(person: number): boolean {
    return person % 10 !== 0
  }

  isCustomer(person: number): boolean {
    return person % 3 !== 0 && this.fate.person(person) === null
  }

  hasAccount(person: number): boolean {
    return person % 4 !== 3 && this.fate.person(person) === null
  }

  /** A person registered twice is the same person as an earlier row. */
  identity(person: number): Identity {
    const isDuplicate = this.fate.person(person) === 'person.duplicate'
    const row = isDuplicate ? this.nearest(person, this.people, (other) => this.fate.person(other) === null) : person
    const random = this.random('identity', row)
    const home = this.countryOf(this.tenantOf(row))
    const country = random.percent(88) ? home : random.pick(countries)
    const locale = locales[country]
    const sex = random.percent(2) ? 'diverse' : random.percent(51) ? 'female' : 'male'
    const isFemale = sex === 'female' || (sex === 'diverse' && random.percent(50))
    const given = random.pick(isFemale ? locale.women : locale.men)
    const family = random.pick(locale.families)
    // Employees are the first rows, and of working age; nobody was registered before birth.
    const age = row <= this.employees ? random.between(25, 62) : random.between(row <= this.people * 0.3 ? 7 : 1, 94)
    return {
      given,
      family,
      sex,
      birthDate: opening - age * 365.25 * daySeconds - random.int(365) * daySeconds,
      email: `${plain(given)}.${plain(family)}.${row}@${random.pick(locale.mailHosts)}`,
      country,
      nationalId: nationalId(country, random),
      phone: phone(country, random),
    }
  }

  /** An IBAN of a country that has them. */
  iban(random: Random): string {
    return iban(random.pick(['DE', 'GB', 'FR']), random) ?? ''
  }

  recordNumber(person: number): string {
    return `M${String(this.tenantOf(person)).padStart(3, '0')}-${String(person).padStart(7, '0')}`
  }
}
