/** A small reader of Mermaid's entity relationship diagrams, by the rules of its lexer: an error for all that it refuses. */

export interface Mermaid {
  entities: { name: string; attributes: { type: string; name: string; keys: string[]; comment: string | null }[] }[]
  relations: { from: string; to: string; line: string; label: string }[]
}

const entityName = String.raw`"([^"%\r\n\v\x08\\]+)"`
const word = String.raw`([A-Za-z_\u00C0-\uFFFF][A-Za-z0-9_\u00C0-\uFFFF]*)`
const opening = new RegExp(`^  ${entityName}( \\{)?$`)
const attribute = new RegExp(`^    ${word} ${word}((?: (?:PK|FK|UK),?)*)(?: "([^"]*)")?$`)
const relation = new RegExp(`^  ${entityName} ([|o]{2}--o[|{]) ${entityName} : ${entityName}$`)

export function readMermaid(source: string): Mermaid {
  const [first, ...lines] = source.trimEnd().split('\n')
  if (first !== 'erDiagram') throw new Error('It does not begin with erDiagram.')
  const found: Mermaid = { entities: [], relations: [] }
  let open: Mermaid['entities'][number] | null = null
  for (const line of lines) {
    // Before anything else Mermaid looks for these in a line.
    if (/^\s*%%/.test(line)) continue
    if (/direction\s+(TB|BT|RL|LR)/i.test(line) && open === null) throw new Error(`Taken for a direction: ${line}`)
    if (line.includes('%%')) throw new Error(`Taken for a directive: ${line}`)
    if (open !== null) {
      if (line === '  }') {
        open = null
        continue
      }
      const [, type, name, keys, comment] = attribute.exec(line) ?? []
      if (type === undefined || name === undefined) throw new Error(`No attribute: ${line}`)
      for (const each of [type, name]) if (/^(PK|FK|UK)\b/i.test(each)) throw new Error(`Taken for a key: ${line}`)
      open.attributes.push({ type, name, keys: keys?.match(/[PFU]K/g) ?? [], comment: comment ?? null })
      continue
    }
    const [, name, block] = opening.exec(line) ?? []
    if (name !== undefined) {
      const entity = { name, attributes: [] }
      found.entities.push(entity)
      if (block !== undefined) open = entity
      continue
    }
    const [, from, ends, to, label] = relation.exec(line) ?? []
    if (from === undefined || ends === undefined || to === undefined || label === undefined) {
      throw new Error(`Neither entity nor relation: ${line}`)
    }
    found.relations.push({ from, to, line: ends, label })
  }
  return found
}
