import type { Span, Token } from '../token.ts'
import { NamedBehind } from './namedBehind.ts'
import { SecretComparison } from './secretComparison.ts'
import { SecretPlaces } from './secretPlaces.ts'
import { joined, secretParts, secretsInUrls } from './secretText.ts'

/** Reads a text of SQL into tokens; null where it cannot be read. */
export type ReadTokens = (sql: string) => Token[] | null

/**
 * Finds the secrets in a stream of tokens: passwords of roles and user mappings, secret options and settings,
 * arguments of functions that hash or encrypt, and connection strings, also inside quoted bodies.
 */
export interface Redactor {
  push(token: Token): void
  /** A part that no tokenizer can read: all that follows the first word of a secret counts as one. */
  pushUnreadable(part: Span): void
  /** Would a text that follows now be a secret? */
  expectsSecret(): boolean
  /** The secrets' places, in order and apart from each other. */
  spans(): Span[]
}

/** What stands where a secret stood. */
export const mask = '***'

const secretName =
  /pass_?(?:word|wd|phrase|code)(?!_encryption$)|^(?:pwd|pass|pw)$|_(?:pwd|pass|pw)$|secret|(?:^|_)token$|credential|(?:api|access|private|encryption|account|master|signing|storage)_?key/i

const secretFunction =
  /^(?:crypt|digest|hmac|(?:en|de)crypt(?:_iv)?|pgp_(?:sym|pub)_(?:en|de)crypt(?:_bytea)?|(?:create|update)_secret|crypto_\w+|create_aws_credentials|(?:login|register)_user|(?:set|change|reset|check|verify)_password|authenticate)$/i

/** What may stand between the name of a secret and the secret. */
const connectors = new Set(['=', ':=', '=>', 'to'])

/** What a column is compared by, with the secret behind it. */
const comparisons = new Set('<> != ~ ~* ~~ like ilike in any when is not distinct from'.split(' '))

/** Does a name say that what it names is a secret? */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

/** Does a function of this name hash, encrypt or check secrets? */
export function isSecretFunction(name: string): boolean {
  return secretFunction.test(name)
}

/** A text without any of these holds no secret that could be found in it, but in what it says about roles. */
const secretHint =
  /pass|pwd|\bpw|_pw|secret|token|credential|key|crypt|digest|hmac|_user|authenticate|:\/\/|u&"|\bexecute\b|\bcurl\b|\bwget\b|authorization|bearer/i

/** Could there be a secret in the text? Far quicker than looking for it. */
export function mayHoldSecret(sql: string): boolean {
  return secretHint.test(sql) || (/\b(?:create|alter)\b/i.test(sql) && /\b(?:role|user|group)\b/i.test(sql))
}

const roleWords = new Set(['role', 'user', 'group'])

/** What stands in these is about the object that they name, and no value of it. */
const describes = new Set(['comment on', 'security label'])

/** The text with its secrets masked. */
export function redact(sql: string, spans: readonly Span[]): string {
  let redacted = ''
  let at = 0
  for (const { start, end } of spans) {
    redacted += sql.slice(at, start) + mask
    at = end
  }
  return redacted + sql.slice(at)
}

/** A text that is no SQL, with what looks like a secret in it masked. */
export function redactText(text: string): string {
  return mayHoldSecret(text) ? redact(text, secretParts(text)) : text
}

/**
 * The secrets themselves, as they are written and as they read, to be looked for in what the server says about the
 * statement that held them. Longest first: one may hold another.
 */
export function secretsIn(sql: string, spans: readonly Span[]): string[] {
  const bare = spans.flatMap(({ start, end }) => {
    const written = sql
      .slice(start, end)
      .replace(/^[\s=:>]+/, '')
      .replace(/^(?:[ebxn]|u&)?'|'$/gi, '')
    return [written, written.replaceAll("''", "'"), written.replaceAll(/\\(.)/g, '$1')]
  })
  const secrets = new Set(bare.filter((secret) => secret.length >= 3))
  return [...secrets].sort((a, b) => b.length - a.length)
}

/** Masks in `message` whatever of `secrets` it repeats. */
export function redactMessage(message: string, secrets: readonly string[]): string {
  return secrets.reduce((text, secret) => text.replaceAll(secret, mask), message)
}

/** By the name of a prepared statement, which of its parameters are a secret's: the first one stands at 0. */
export type PreparedSecrets = Map<string, boolean[]>

/** So many prepared statements are remembered. */
const mostPrepared = 1_000

/**
 * @param prepared what was prepared before, and what the text prepares; PostgreSQL keeps it for a session
 * @param readBody reads the inside of dollar quotes, where a function's or a `do` block's own SQL stands
 */
export function createRedactor(sql: string, readBody: ReadTokens, prepared: PreparedSecrets = new Map()): Redactor {
  const found: Span[] = []
  let statement = newContext()

  const add = (start: number, end: number): void => {
    if (end > start) found.push({ start, end })
  }

  /** Which parameter of a prepared statement stands where a secret is due, and which argument of an `execute` is one. */
  function follow(token: Token): void {
    const name = nameOf(token)
    const { words, naming } = statement
    if (naming !== null && name !== null) {
      statement.naming = null
      if (naming === 'prepare') statement.prepares = name
      else statement.executes = name
    } else if (statement.executes !== null) {
      if (token.text === '(') statement.places.expect(prepared.get(statement.executes) ?? null)
      statement.executes = null
    } else if (token.kind === 'word' && name === 'prepare' && words.length === 0) statement.naming = 'prepare'
    else if (token.kind === 'word' && name === 'execute') statement.naming = 'execute'
    else statement.naming = null
    const parameter = /^\$(\d{1,5})$/.exec(token.text)?.[1]
    if (parameter !== undefined && statement.prepares !== null && expectsSecret(statement)) {
      remember(statement.prepares, Number(parameter) - 1)
    }
  }

  // What the name stood for before stays: another session may still have it.
  function remember(name: string, parameter: number): void {
    const secrets = prepared.get(name) ?? []
    secrets[parameter] = true
    prepared.set(name, secrets)
    const [oldest] = prepared.keys()
    if (prepared.size > mostPrepared && oldest !== undefined) prepared.delete(oldest)
  }

  function inspect(token: Token): void {
    const body = bodyOf(token)
    const tokens = body === null ? null : readBody(body.text)
    if (body === null || tokens === null) {
      for (const part of secretParts(token.text)) add(token.start + part.start, token.start + part.end)
      return
    }
    const inner = createRedactor(body.text, readBody, prepared)
    for (const each of tokens) inner.push(each)
    // In the body of a function a name is followed by a variable as often; elsewhere it may be a connection string.
    const texts = isBody(statement) ? secretsInUrls(body.text) : secretParts(body.text)
    const parts = joined([...inner.spans(), ...texts])
    for (const part of parts) add(body.start + part.start, body.start + part.end)
  }

  return {
    push: (token) => {
      if (token.kind === 'comment') {
        for (const part of secretParts(token.text)) add(token.start + part.start, token.start + part.end)
        return
      }
      if (token.kind === 'symbol' && token.text === ';') {
        statement = newContext()
        return
      }
      follow(token)
      if (isSecret(statement, token)) add(token.start, token.end)
      else if (token.kind === 'string') inspect(token)
      const name = nameOf(token)
      const namesSecret = name !== null && secretName.test(name)
      const behind = statement.behind.push(token, name, namesSecret)
      // Of a role, what stands before `password` is something else.
      if (!isAboutRoles(statement)) for (const { start, end } of behind) add(start, end)
      advance(statement, token)
    },
    pushUnreadable: (part) => {
      const text = sql.slice(part.start, part.end)
      const name = /pass_?(?:word|wd|phrase|code)|secret|token|credential|:\/\//i.exec(text)
      // What could be read of the statement may end in the name of the secret: the quote that follows has no end.
      if (expectsSecret(statement)) add(part.start, part.end)
      else if (name !== null) add(part.start + name.index + name[0].length, part.end)
    },
    expectsSecret: () => expectsSecret(statement),
    // A text that was found by the name behind it may hold what was found in it.
    spans: () => joined(found),
  }
}

interface Context {
  words: string[]
  /** The token before named a secret, or joined such a name to what follows. */
  expecting: boolean
  /** The token before was a secret: PostgreSQL joins texts that follow each other. */
  afterSecret: boolean
  afterPassword: boolean
  /** A text before has a place for a secret in it. */
  fillsTemplate: boolean
  /** A setting whose name is a secret's was named: its value follows. */
  settingSecret: boolean
  setsParameter: boolean
  comparison: SecretComparison
  lastName: string
  /** The token before is a name where a secret is due: of a function that makes it, if a parenthesis follows. */
  makesSecret: boolean
  places: SecretPlaces
  behind: NamedBehind
  /** The token before has to be followed by the name of a prepared statement. */
  naming: 'prepare' | 'execute' | null
  /** The statement that is being prepared. */
  prepares: string | null
  /** The prepared statement whose arguments follow. */
  executes: string | null
}

function newContext(): Context {
  return {
    words: [],
    expecting: false,
    afterSecret: false,
    afterPassword: false,
    fillsTemplate: false,
    settingSecret: false,
    setsParameter: false,
    comparison: new SecretComparison(),
    lastName: '',
    makesSecret: false,
    places: new SecretPlaces(),
    behind: new NamedBehind(),
    naming: null,
    prepares: null,
    executes: null,
  }
}

function isSecret(context: Context, token: Token): boolean {
  if (token.kind === 'string') return expectsSecret(context)
  // `set app.password to abc` needs no quotes.
  if (context.settingSecret && !connectors.has(token.text.toLowerCase())) return !/^(?:default|[.,])$/i.test(token.text)
  // An unquoted password is an error of the user's, and a secret all the same.
  return context.afterPassword && isAboutRoles(context) && token.text.toLowerCase() !== 'null'
}

/** Would a text that stands here be a secret? */
function expectsSecret(context: Context): boolean {
  // `comment on column u.password is '…'` tells of the column.
  if (describes.has(context.words.slice(0, 2).join(' '))) return false
  const isGiven =
    context.expecting ||
    context.comparison.isSecret ||
    context.afterSecret ||
    context.fillsTemplate ||
    context.places.isSecret
  // Also after a misspelt "pasword": a statement about a role has few other texts.
  return isGiven || (isAboutRoles(context) && context.lastName !== 'until')
}

/** A text that ends where a secret has to follow: `format('alter role %I password %L', …)`, `'… password ' || …`. */
const template = /(?:pass_?(?:word|wd|phrase|code)|\bpwd|secret|token|credential|api_?key)["\s:=>']*(?:%|[\s=]'*$)/i

/** `create | alter  role | user | group`, without `user mapping` and `alter role … set` */
function isAboutRoles({ words: [first, second, third], setsParameter }: Context): boolean {
  return (
    (first === 'create' || first === 'alter') && roleWords.has(second ?? '') && third !== 'mapping' && !setsParameter
  )
}

function advance(context: Context, token: Token): void {
  const name = nameOf(token)
  const connects = connectors.has(token.text.toLowerCase())
  const secret = isSecret(context, token)
  const namesSecret = name !== null && secretName.test(name)
  const setsSecret = token.kind === 'string' && context.lastName === 'set_config' && secretName.test(token.text)

  const isKey = context.places.pairs || context.comparison.isKey
  const keyOfSecret = token.kind === 'string' && isKey && namesKey(token.text)
  const compares = comparisons.has(token.text.toLowerCase())

  const opensSecret = secretFunction.test(context.lastName) || context.makesSecret || context.comparison.opens
  context.places.push(token, name, namesSecret, opensSecret)
  context.makesSecret = context.expecting && (name !== null || compares) && !namesSecret
  const inPairs = inSetConfig(context) || context.places.pairs
  const goesOn = connects || compares || (inPairs && /^(?:[,:]|value)$/i.test(token.text))
  const goesOnBehind = context.comparison.push(
    token,
    name,
    namesSecret || keyOfSecret,
    context.expecting,
    connects || compares,
  )
  context.expecting = namesSecret || setsSecret || keyOfSecret || goesOnBehind || (context.expecting && goesOn)
  context.afterSecret = secret && token.kind === 'string'
  context.afterPassword = token.kind === 'word' && token.text.toLowerCase() === 'password'
  if (token.kind === 'string' && template.test(token.text)) context.fillsTemplate = true
  context.settingSecret = (namesSecret && context.words[0] === 'set') || (context.settingSecret && connects)
  if (name === 'set' && token.kind === 'word') context.setsParameter = true
  if (token.kind === 'word' && context.words.length < 3) context.words.push(token.text.toLowerCase())
  // The name before a parenthesis is a function's; inside set_config(…) it stays in mind.
  if (name !== null) context.lastName = name
  else if (token.text !== '(' && !inSetConfig(context)) context.lastName = ''
}

/** Does a key of JSON, of a path in it, or of a header say that what it names is a secret? */
function namesKey(text: string): boolean {
  const key = text.replace(/^[eEnN]?'|'$/g, '').replaceAll('-', '_')
  return secretName.test(key) || /^authorization$/i.test(key)
}

/** Are texts between dollars the bodies of functions and blocks? */
function isBody({ words: [first, second] }: Context): boolean {
  return first === 'do' || (first === 'create' && second !== 'subscription')
}

function inSetConfig(context: Context): boolean {
  return context.lastName === 'set_config'
}

function nameOf(token: Token): string | null {
  if (token.kind === 'word') return token.text.toLowerCase()
  if (token.kind !== 'quotedName') return null
  if (token.text.startsWith('"')) return token.text.slice(1, -1).replaceAll('""', '"')
  return token.text
    .slice(3, -1)
    .replace(/\\(?:\+([0-9a-f]{6})|([0-9a-f]{4}))/gi, (_, long: string | undefined, short: string | undefined) =>
      String.fromCodePoint(Number.parseInt(long ?? short ?? '20', 16) % 0x110000),
    )
}

/** What stands between dollar quotes, where it could hold a secret. */
function bodyOf(token: Token): { text: string; start: number } | null {
  const tag = /^\$[^$]*\$/.exec(token.text)?.[0]
  if (tag === undefined || !mayHoldSecret(token.text)) return null
  return { text: token.text.slice(tag.length, -tag.length), start: token.start + tag.length }
}
