import { createStore, type StoreApi } from 'zustand'
import {
  type Connection,
  type ConnectionSettings,
  connectionSettings,
  type ServerReport,
} from '../../core/connection.ts'
import type { FoundConnections, FoundPlace } from '../../core/connections/contract.ts'
import { type Defaults, type ParsedUrl, parseUrl, readKeywords } from '../../core/connections/url.ts'
import { type Fault, toFault } from '../../core/fault.ts'
import { sliceHook } from '../session/context.ts'
import type { Scope } from '../session/scope.ts'

/** What stands in the form: the settings as they are typed, so a number may be none yet. */
export type FormValues = Omit<ConnectionSettings, NumberField> & Record<NumberField, number | string>
type NumberField = 'port' | 'idleTransactionMinutes'

export type FormErrors = Partial<Record<keyof FormValues, string>>

export interface FormState {
  /** Null for a new connection. */
  readonly id: string | null
  readonly values: FormValues
  /** Null: what is kept stays; empty: forget it. */
  readonly password: string | null
  readonly errors: FormErrors
  /** What was wrong with a URL that was pasted. */
  readonly urlError: string | null
  /** What was taken from the URL, and what was left aside. */
  readonly urlNotes: readonly string[]
  /** What this machine knows of databases; null until it has been looked for, or where it could not be. */
  readonly found: FoundConnections | null
  /** Something was typed since it was saved. */
  readonly changed: boolean
  /** `begin` was called: later ones would overwrite what is typed. */
  readonly begun: boolean
  readonly busy: 'test' | 'save' | null
  readonly report: ServerReport | null
  readonly fault: Fault | null
  /** What failed. */
  readonly faultTitle: string

  /** Begins with a saved connection, a copy of one (`id` null), or nothing. */
  begin(id: string | null, settings: ConnectionSettings | null): void
  change(part: Partial<FormValues>): void
  setPassword(password: string | null): void
  /**
   * Fills the fields from a URL; false where it is none. What the URL leaves out, and the name, stay as they are, but
   * for what another URL has filled in: above all its password is for no other server.
   */
  takeUrl(url: string): boolean
  /** Looks for what this machine knows. The form can be filled in without. */
  look(): Promise<void>
  /** Fills the fields from one of the places that were found. */
  takePlace(place: FoundPlace): void
  test(): Promise<void>
  cancelTest(): void
  /** The saved connection, or null where it could not be saved: `errors` or `fault` say why. */
  save(): Promise<Connection | null>
  dismissFault(): void
}

const blank: FormValues = {
  name: '',
  kind: 'development',
  colour: 'by kind',
  host: 'localhost',
  port: 5432,
  database: 'postgres',
  user: 'postgres',
  sslMode: 'prefer',
  sslRootCert: '',
  sslCert: '',
  sslKey: '',
  ssh: '',
  passwordFrom: '',
  readOnly: false,
  askReasons: 'by kind',
  idleTransactionMinutes: 15,
}

/** What a URL or a place has filled in, and what stood there before. */
interface Filled {
  readonly values: Partial<FormValues>
  readonly password: string | null
  readonly before: Pick<FormState, 'values' | 'password'>
}

/** The form as if it had not been filled in, with all that was typed since. */
function withoutFilled(now: Filled['before'], { values: given, password, before }: Filled): Filled['before'] {
  const values = { ...now.values }
  const restore = <K extends keyof FormValues>(field: K): void => {
    if (given[field] !== undefined && values[field] === given[field]) values[field] = before.values[field]
  }
  for (const field of connectionSettings.keyof().options) restore(field)
  const isFilled = password !== null && now.password === password
  return { values, password: isFilled ? before.password : now.password }
}

export function createFormStore({ api, signal }: Scope): StoreApi<FormState> {
  let testing: AbortController | null = null
  let filled: Filled | null = null

  return createStore<FormState>()((set, get) => {
    /** The settings where they are valid; else null, with the reasons at their fields. */
    const check = (): ConnectionSettings | null => {
      const { values } = get()
      const parsed = connectionSettings.safeParse({ ...values, name: values.name.trim() || nameOf(values) })
      if (parsed.success) {
        set({ errors: {} })
        return parsed.data
      }
      set({ errors: errorsOf(parsed.error.issues) })
      return null
    }

    const defaults = (): Defaults => {
      const { found } = get()
      if (found === null) return {}
      const service = (name: string) => found.places.find((place) => place.service === name)?.keywords
      return { user: found.user, service }
    }

    /** Fills the fields from what `parse` understands; false where that is nothing. */
    const take = (parse: () => ParsedUrl, from: string): boolean => {
      try {
        const { settings, password, warnings } = parse()
        const { name: _made, ...rest } = settings
        const before = filled === null ? get() : withoutFilled(get(), filled)
        filled = { values: rest, password, before }
        get().change({ ...before.values, ...rest })
        set({ urlError: null, urlNotes: [`Filled in from ${from}.`, ...warnings], fault: null })
        if (before.password !== get().password || password !== null) get().setPassword(password ?? before.password)
        return true
      } catch (thrown) {
        const { message, hint } = toFault(thrown)
        set({ urlError: [message, hint].filter((part) => part !== undefined).join(' '), urlNotes: [] })
        return false
      }
    }

    const identity = () => {
      const { id, password } = get()
      return { ...(id !== null && { id }), ...(password !== null && { password }) }
    }

    return {
      id: null,
      values: blank,
      password: null,
      errors: {},
      urlError: null,
      urlNotes: [],
      found: null,
      changed: false,
      begun: false,
      busy: null,
      report: null,
      fault: null,
      faultTitle: '',

      begin: (id, settings) => {
        filled = null
        set({ id, values: settings ?? blank, begun: true })
      },

      change: (part) => {
        const errors = { ...get().errors }
        for (const field of connectionSettings.keyof().options) if (field in part) delete errors[field]
        set({ values: { ...get().values, ...part }, errors, changed: true, report: null })
      },

      setPassword: (password) => set({ password, changed: true, report: null }),

      takeUrl: (url) => take(() => parseUrl(url, defaults()), 'the URL'),

      look: async () => {
        // What cannot be found is typed: no reason to say more than nothing.
        const found = await api.connections.found({}, { signal }).catch(() => null)
        set({ found })
      },

      takePlace: ({ service, keywords }) =>
        void take(
          () => readKeywords(new Map(Object.entries(keywords)), { user: get().found?.user ?? '' }),
          service === null ? 'the environment' : `the service ${service}`,
        ),

      test: async () => {
        const settings = check()
        if (settings === null) return
        testing?.abort()
        const controller = new AbortController()
        testing = controller
        set({ busy: 'test', report: null, fault: null })
        try {
          const both = AbortSignal.any([signal, controller.signal])
          const report = await api.connections.test({ ...identity(), settings }, { signal: both })
          if (testing === controller) set({ report })
        } catch (thrown) {
          const fault = toFault(thrown)
          if (testing === controller && fault.code !== 'cancelled') set({ fault, faultTitle: 'Could not connect' })
        } finally {
          if (testing === controller) set({ busy: null })
        }
      },

      cancelTest: () => {
        testing?.abort()
        testing = null
        set({ busy: null })
      },

      save: async () => {
        const settings = check()
        if (settings === null) return null
        set({ busy: 'save', fault: null })
        try {
          const saved = await api.connections.save({ ...identity(), settings }, { signal })
          set({ id: saved.id, values: settings, password: null, changed: false })
          return saved
        } catch (thrown) {
          set({ fault: toFault(thrown), faultTitle: 'Could not be saved' })
          return null
        } finally {
          set({ busy: null })
        }
      },

      dismissFault: () => set({ fault: null }),
    }
  })
}

/** The name that a connection gets where none is given: `clinic on db.example.org`. */
export function nameOf({ database, host }: Pick<FormValues, 'database' | 'host'>): string {
  const parts = [database, host].filter((part) => part.trim() !== '')
  return parts.length === 0 ? 'New connection' : parts.join(' on ').slice(0, 100)
}

function errorsOf(issues: readonly { path: PropertyKey[]; message: string }[]): FormErrors {
  const errors: FormErrors = {}
  for (const field of connectionSettings.keyof().options) {
    const issue = issues.find(({ path }) => path[0] === field)
    if (issue !== undefined) errors[field] = issue.message
  }
  return errors
}

export const useConnectionForm = sliceHook('tab', createFormStore)
