import type { Token } from '../token.ts'

/** What stands between two parentheses, or in the statement outside of them. */
interface Frame {
  /** All texts in it are secrets. */
  readonly secret: boolean
  /** Which of its places, counted by commas, are a secret's; null where that is not known. */
  columns: readonly boolean[] | null
  place: number
  /** Of each name in it: does it name a secret? Null where it holds anything but names. */
  names: boolean[] | null
  /** It lists columns, whatever their number. */
  readonly lists: boolean
  /** Its texts are keys and values: a text can name the secret after it. */
  readonly pairs: boolean
  /** It is the query of `with c (…) as (…)`: behind it, the columns that were listed are over. */
  readonly isQuery: boolean
}

/** A list that follows one of these is a row of values, or of columns. */
const beforeRow = new Set(['values', 'row', ',', '=', '<>', '!=', '(', 'as', 'where', 'and', 'or', 'not', 'on', 'when'])

const buildsPairs = /^(?:jsonb?_(?:build_)?object|hstore|jsonb_(?:set|set_lax|insert)|http_header)$/

/** What is defined by a query behind them has its columns in the parentheses that follow its name. */
const definers = new Set(['view', 'table', 'exists', 'with', 'recursive'])

/** Behind these, the places of a `select` list are over. */
const afterPlaces = new Set(['from', 'where', 'returning', 'on', 'group', 'order', 'limit'])

/**
 * Follows one statement's parentheses, to know which places in them are a secret's though its name stands elsewhere:
 * `insert into t (name, password) values ('ada', 'x')`, `(name, password) = ('ada', 'x')`, `crypt('x', …)`.
 */
export class SecretPlaces {
  #frames: Frame[] = [newFrame({})]
  /** The columns that were listed last, where one of them is a secret's. */
  #columns: readonly boolean[] | null = null
  #previous = ''
  #beforePrevious = ''
  /** Which of the words that define something the statement has had. */
  readonly #words = new Set<string>()
  #wordBefore = ''
  /** Which places of the parentheses that open next are a secret's; null where that is not known. */
  #expected: readonly boolean[] | null = null
  /** Behind `insert into`, as long as the table's name goes on. */
  #namesTarget = false

  /** Would a text that stands here be a secret? */
  get isSecret(): boolean {
    const { secret, columns, place } = this.#top
    return secret || columns?.[place] === true
  }

  /** Does a text here name the secret that follows it? */
  get pairs(): boolean {
    return this.#top.pairs
  }

  get #top(): Frame {
    return this.#frames.at(-1) ?? newFrame({})
  }

  /**
   * @param name what a token names, in lower case where it has no quotes; null where it names nothing
   * @param secret does the name say that it is a secret's?
   * @param opensSecret if the token is a parenthesis: are the texts in it secrets?
   */
  push({ text, kind }: Token, name: string | null, secret: boolean, opensSecret: boolean): void {
    if (text === '(') this.#open(opensSecret)
    else if (text === ')') this.#close()
    else if (text === ',') this.#top.place += 1
    else this.#take(text, name, secret)
    const word = kind === 'word' ? text.toLowerCase() : ''
    this.#namesTarget = word === 'into' ? this.#previous === 'insert' : this.#namesTarget && goesOn(text, name, word)
    this.#wordBefore = word
    if (word === 'create' || word === 'with') this.#words.add(word)
    this.#beforePrevious = this.#previous
    this.#previous = word === '' ? (name === null ? text : 'name') : word
  }

  /** Says which places are a secret's in the parentheses that open with the next token. */
  expect(columns: readonly boolean[] | null): void {
    this.#expected = columns
  }

  /** `create view v (name, password) as …`, `with c (name, password) as …` */
  get #defines(): boolean {
    if (definers.has(this.#beforePrevious)) return true
    if (this.#beforePrevious === '.') return this.#words.has('create')
    return this.#beforePrevious === ',' && this.#frames.length === 1 && this.#words.has('with')
  }

  #open(opensSecret: boolean): void {
    const expected = this.#expected
    this.#expected = null
    const isRow = beforeRow.has(this.#previous)
    const lists = this.#namesTarget || this.#previous === 'insert' || this.#previous === 'set' || this.#defines
    this.#frames.push(
      newFrame({
        secret: opensSecret || this.isSecret,
        columns: expected ?? (isRow ? this.#columns : null),
        names: lists || isRow || this.#previous === 'in' ? [] : null,
        lists,
        pairs: buildsPairs.test(this.#wordBefore),
        isQuery: this.#previous === 'as',
      }),
    )
  }

  #close(): void {
    if (this.#frames.length === 1) return
    const { names, lists, isQuery } = this.#frames.pop() ?? newFrame({})
    if (isQuery) this.#columns = null
    if (names === null || (!lists && names.length < 2)) return
    if (names.includes(true)) this.#columns = names
    else if (lists) this.#columns = null
  }

  #take(text: string, name: string | null, secret: boolean): void {
    const top = this.#top
    if (name === 'select' && this.#columns !== null) {
      top.columns = this.#columns
      top.place = 0
    } else if (name !== null && afterPlaces.has(name)) top.columns = null
    if (top.names === null || text === '.') return
    if (name === null || !/^[(,.]$/.test(this.#previous)) top.names = null
    else if (this.#previous === '.') top.names[top.names.length - 1] = secret
    else top.names.push(secret)
  }
}

function newFrame(given: Partial<Frame>): Frame {
  return { secret: false, columns: null, place: 0, names: null, lists: false, pairs: false, isQuery: false, ...given }
}

/** A table's name, with its schema and an alias. */
function goesOn(text: string, name: string | null, word: string): boolean {
  return text === '.' || (name !== null && !/^(?:values|select|with|default|overriding|table)$/.test(word))
}
