import type { Token } from '../token.ts'

/** What a text is taken out of JSON with: the key stands behind it. */
const arrows = new Set(['->', '->>', '#>', '#>>', '['])

/**
 * Follows one statement from the name of a secret to the value that it is declared with, given or compared with, over what may stand
 * between them: `v_password text default 'x'`, `((password)::text = 'x'::text)`, `doc ->> 'password' = 'x'`,
 * `password = case when … then 'x' end`, `password = ('x')`.
 */
export class SecretComparison {
  #previous = ''
  /** The parentheses that are open hold nothing but one name so far. */
  #isAlone = false
  /** A secret's name and what makes it a value of a type: a parenthesis that closes behind it, a cast. */
  #isCast = false
  /** Behind a secret's name, its type follows: how many parentheses are open since, and how many words stood outside of them. */
  #declared: { depth: number; words: number } | null = null
  /** A sign between the name and its value was the last token. */
  #isJoined = false
  /** Behind that sign the type of a literal stands: `text 'x'`, `varchar(20) 'x'`. */
  #isTyped = false
  /** Of `case … end` that gives a secret, how many are open. */
  #cases = 0

  /** Would a text that stands here be a secret? */
  get isSecret(): boolean {
    return this.#cases > 0 || this.#isTyped
  }

  /** Would a parenthesis that opens here hold a secret? */
  get opens(): boolean {
    return this.#isJoined
  }

  /** Would a text that stands here be a key of JSON? */
  get isKey(): boolean {
    return arrows.has(this.#previous)
  }

  /**
   * @param named does the token say that what it names is a secret?
   * @param expecting did a name before say so, with no more than signs between?
   * @param joins is it a sign that stands between a name and its value?
   * @returns does a secret's value follow?
   */
  push({ text, kind }: Token, name: string | null, named: boolean, expecting: boolean, joins: boolean): boolean {
    const word = kind === 'word' ? (name ?? '') : ''
    if (this.#cases > 0 || (word === 'case' && this.#isJoined))
      this.#cases += word === 'case' ? 1 : word === 'end' ? -1 : 0
    const isDeclared = this.#declare(text, name, word, named)
    const isCast = this.#isCast && joins
    this.#isTyped = (this.#isJoined && name !== null) || (this.#isTyped && /^[()\d]+$/.test(text))
    const wasNamed = expecting && !this.#isJoined
    if (text === '(') this.#isAlone = true
    const closes = text === ')' ? this.#isAlone : text === ']'
    this.#isCast =
      (wasNamed && (closes || text === '::')) ||
      (this.#isCast && !joins && (name !== null || /^(?:::|[.[\]])$/.test(text)))
    // Between `and` and what follows it nothing is compared with what stood before.
    if (/^(?:and|or|values|select|from|where|as|on)$/.test(word)) this.#isCast = false
    this.#isAlone = text === '(' || (this.#isAlone && (name !== null || text === '.'))
    this.#isJoined = joins && (expecting || isCast || isDeclared)
    this.#previous = text
    return isDeclared || isCast
  }

  #declare(text: string, name: string | null, word: string, named: boolean): boolean {
    if (named && name !== null) {
      this.#declared = { depth: 0, words: 0 }
      return false
    }
    const declared = this.#declared
    if (declared === null) return false
    if (text === '(') declared.depth += declared.words === 0 ? Number.NEGATIVE_INFINITY : 1
    else if (text === ')') declared.depth -= 1
    if (declared.depth < 0 || (text === ',' && declared.depth === 0)) this.#declared = null
    if (declared.depth !== 0) return false
    if (word === 'default' || text === ':=') return true
    if (text === '=' && declared.words === 1) return true
    if (name !== null) declared.words += 1
    return false
  }
}
