import {
  allPartitions,
  type Model,
  type ModelRoutine,
  type ModelSequence,
  type ModelTable,
  type ModelType,
  type ModelView,
  type Need,
  needKey,
} from './model.ts'

/** Something that one statement makes, with what has to be there before. */
export type Item = { key: string; hard: readonly Need[]; soft: readonly Need[] } & (
  | { kind: 'type'; object: ModelType }
  | { kind: 'sequence'; object: ModelSequence }
  | { kind: 'routine'; object: ModelRoutine }
  | { kind: 'table'; object: ModelTable }
  | { kind: 'view'; object: ModelView }
)

/** By the key of whatever may be needed of it: of a table also its partitions. */
export function itemsOf(model: Model): Map<string, Item> {
  const items = new Map<string, Item>()
  const keyFor = (kind: Need['kind'], { schema, name }: { schema: string; name: string }) =>
    needKey({ kind, schema, name })
  // Before types: a relation cannot take the name of a type, but a type may take that of a sequence.
  for (const object of model.sequences) {
    // One of an identity is made with its column.
    if (object.owner?.identity) continue
    const key = keyFor('sequence', object)
    items.set(key, { kind: 'sequence', key, object, hard: [], soft: [] })
  }
  for (const object of model.types) {
    const key = keyFor('type', object)
    items.set(key, { kind: 'type', key, object, hard: object.needs, soft: [] })
  }
  for (const object of model.routines) {
    const key = keyFor('routine', object)
    items.set(key, { kind: 'routine', key, object, hard: object.needs, soft: [] })
  }
  for (const object of model.tables) {
    const key = keyFor('relation', object)
    const item: Item = { kind: 'table', key, object, ...needsOfTable(object, key) }
    items.set(key, item)
    for (const partition of allPartitions(object)) items.set(keyFor('relation', partition), item)
  }
  for (const object of model.views) {
    const key = keyFor('relation', object)
    items.set(key, { kind: 'view', key, object, hard: object.needs, soft: [] })
  }
  return items
}

/** A default or a check may come after its table; a type, a parent and what a generated column is made of may not. */
function needsOfTable(table: ModelTable, key: string): Pick<Item, 'hard' | 'soft'> {
  const hard = [...table.needs, ...table.inherits.map((parent): Need => ({ kind: 'relation', ...parent }))]
  const soft: Need[] = []
  for (const { generated, needs } of table.columns) (generated === null ? soft : hard).push(...needs)
  for (const { needs } of table.constraints) soft.push(...needs)
  for (const { columns, constraints } of allPartitions(table)) {
    for (const { needs } of [...columns, ...constraints]) soft.push(...needs)
  }
  const others = (needs: Need[]) => needs.filter((need) => needKey(need) !== key)
  return { hard: others(hard), soft: others(soft) }
}

/** Why something is not made. */
export type Reason = { kind: 'circle' } | { kind: 'cannot'; why: string } | { kind: 'missing'; need: Need }

export interface Step {
  item: Item
  /** Null where it can be made, when it comes. */
  reason: Reason | null
}

/**
 * All items, each after those that it needs. Where defaults and checks go round in a circle, the circle is opened there;
 * what is left out takes along what needs it.
 *
 * @param cannot why an item is not to be made; null for those that are
 */
export function* ordered(items: ReadonlyMap<string, Item>, cannot: (item: Item) => string | null): Generator<Step> {
  const state = new Map<Item, 'begun' | 'made' | 'left out'>()
  function* visit(item: Item): Generator<Step> {
    if (state.has(item)) return
    state.set(item, 'begun')
    for (const need of item.hard) {
      const needed = items.get(needKey(need))
      if (needed !== undefined) yield* visit(needed)
    }
    for (const need of item.soft) {
      const needed = items.get(needKey(need))
      if (needed !== undefined) yield* visit(needed)
    }
    const why = cannot(item)
    const missing = item.hard.find((need) => stateOf(need) !== 'made')
    const reason: Reason | null =
      why !== null
        ? { kind: 'cannot', why }
        : missing === undefined
          ? null
          : stateOf(missing) === 'begun'
            ? { kind: 'circle' }
            : { kind: 'missing', need: missing }
    state.set(item, reason === null ? 'made' : 'left out')
    yield { item, reason }
  }
  function stateOf(need: Need) {
    const needed = items.get(needKey(need))
    return needed === undefined ? 'left out' : state.get(needed)
  }
  for (const item of items.values()) yield* visit(item)
}
