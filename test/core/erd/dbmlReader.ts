/** A small reader of DBML, by its published grammar: enough for what we write, and an error for all else. */

interface Token {
  kind: 'name' | 'text' | 'expression' | 'word' | 'sign'
  text: string
}

type Settings = Record<string, string | true>

export interface Dbml {
  tables: {
    name: string[]
    note: string | null
    columns: { name: string; type: string; settings: Settings }[]
    indexes: { columns: string[]; settings: Settings }[]
  }[]
  enums: { name: string[]; values: string[] }[]
  refs: {
    name: string
    from: string[]
    columns: string[]
    to: string[]
    toColumns: string[]
    kind: string
    settings: Settings
  }[]
  comments: string[]
}

export function readDbml(source: string): Dbml {
  const comments: string[] = []
  const tokens = tokensOf(source, comments)
  let at = 0
  const peek = () => tokens[at]?.text
  const take = (...kinds: Token['kind'][]): Token => {
    const token = tokens[at++]
    if (token === undefined || !kinds.includes(token.kind))
      throw new Error(`${kinds} expected, not ${JSON.stringify(token)}`)
    return token
  }
  const sign = (text: string) => {
    const token = take('sign', 'word')
    if (token.text !== text) throw new Error(`${text} expected, not ${token.text}`)
  }
  const isSign = (text: string) => tokens[at]?.kind === 'sign' && peek() === text
  const path = (): string[] => {
    const parts = [take('name').text]
    while (isSign('.') && tokens[at + 1]?.kind === 'name') {
      at++
      parts.push(take('name').text)
    }
    return parts
  }
  const settings = (): Settings => {
    const found: Settings = {}
    if (!isSign('[')) return found
    do {
      at++
      const words = [take('word').text]
      while (tokens[at]?.kind === 'word') words.push(take('word').text)
      if (!isSign(':')) {
        found[words.join(' ')] = true
        continue
      }
      at++
      const value = [take('text', 'expression', 'word').text]
      while (tokens[at]?.kind === 'word') value.push(take('word').text)
      found[words.join(' ')] = value.join(' ')
    } while (isSign(','))
    sign(']')
    return found
  }
  const list = (one: () => string): string[] => {
    sign('(')
    const found = [one()]
    while (isSign(',')) {
      at++
      found.push(one())
    }
    sign(')')
    return found
  }
  const type = (): string => {
    if (tokens[at]?.kind === 'name') return path().join('.')
    const word = take('word').text
    return isSign('(') ? `${word}(${list(() => take('word').text).join(',')})` : word
  }
  const ends = () => {
    const parts = path()
    if (isSign('.')) {
      at++
      return { table: parts, columns: list(() => take('name').text) }
    }
    return { table: parts.slice(0, -1), columns: parts.slice(-1) }
  }
  const readTable = (): Dbml['tables'][number] => {
    const table: Dbml['tables'][number] = { name: path(), note: null, columns: [], indexes: [] }
    sign('{')
    while (!isSign('}')) {
      if (tokens[at]?.kind === 'name')
        table.columns.push({ name: take('name').text, type: type(), settings: settings() })
      else if (peek() === 'Note') {
        at++
        sign(':')
        table.note = take('text').text
      } else {
        sign('indexes')
        sign('{')
        while (!isSign('}')) {
          const columns = list(() => {
            const token = take('name', 'expression')
            return token.kind === 'name' ? token.text : `\`${token.text}\``
          })
          table.indexes.push({ columns, settings: settings() })
        }
        sign('}')
      }
    }
    sign('}')
    return table
  }
  const found: Dbml = { tables: [], enums: [], refs: [], comments }
  while (at < tokens.length) {
    const what = take('word').text
    if (what === 'Project') {
      take('name')
      sign('{')
      while (!isSign('}')) at++
      sign('}')
    } else if (what === 'Table') found.tables.push(readTable())
    else if (what === 'Enum') {
      const name = path()
      const values: string[] = []
      sign('{')
      while (!isSign('}')) values.push(take('name').text)
      sign('}')
      found.enums.push({ name, values })
    } else if (what === 'Ref') {
      const { text: name } = take('name')
      sign(':')
      const from = ends()
      const { text: kind } = take('sign')
      const to = ends()
      found.refs.push({
        name,
        from: from.table,
        columns: from.columns,
        kind,
        to: to.table,
        toColumns: to.columns,
        settings: settings(),
      })
    } else throw new Error(`Nothing begins with ${what}.`)
  }
  return found
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function tokensOf(source: string, comments: string[]): Token[] {
  const tokens: Token[] = []
  let at = 0
  const quoted = (quote: string): string => {
    let text = ''
    for (at++; source[at] !== quote; at++) {
      const character = source[at]
      if (character === undefined || character === '\n') throw new Error(`A quote is not closed: ${text}`)
      if (character === '\\' && quote !== '`') {
        at++
        text += escapes[source[at] ?? ''] ?? source[at]
      } else text += character
    }
    at++
    return text
  }
  while (at < source.length) {
    const character = source[at] ?? ''
    if (/\s/.test(character)) at++
    else if (source.startsWith('//', at)) {
      const end = source.indexOf('\n', at)
      comments.push(source.slice(at + 2, end).trim())
      at = end
    } else if (source.startsWith("'''", at)) throw new Error('A text of several lines was not expected.')
    else if (character === '"') tokens.push({ kind: 'name', text: quoted('"') })
    else if (character === "'") tokens.push({ kind: 'text', text: quoted("'") })
    else if (character === '`') {
      const end = source.indexOf('`', at + 1)
      tokens.push({ kind: 'expression', text: source.slice(at + 1, end) })
      at = end + 1
    } else {
      const word = /^\w+/.exec(source.slice(at, at + 100))?.[0]
      tokens.push(word === undefined ? { kind: 'sign', text: character } : { kind: 'word', text: word })
      at += word?.length ?? 1
    }
  }
  return tokens
}
