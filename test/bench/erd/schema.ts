import { quoteName } from '../../../src/core/quote.ts'

/** Numbers that are the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const types = [
  'text',
  'integer',
  'bigint',
  'numeric(10,2)',
  'timestamp with time zone',
  'date',
  'jsonb',
  'uuid',
  'boolean',
]

/**
 * A schema as they grow: one table in a hundred is a hub that the others refer to, most are leaves; some refer to
 * themselves, some stand in a circle, some have composite keys, one in fifty is partitioned. 6 to 19 columns each.
 */
export function* generated(count: number): Generator<string> {
  const draw = numbers(count)
  const schemas = Math.max(1, Math.round(count / 100))
  const hubs = Math.max(1, Math.round(count / 100))
  const name = (table: number) => quoteName(`area_${table % schemas}`, `table_${table}`)
  for (let schema = 0; schema < schemas; schema++) {
    const own = quoteName(`area_${schema}`)
    yield `create schema ${own}; create type ${own}.mood as enum ('well', 'ill'); create domain ${own}.amount as numeric check (value >= 0);`
  }
  const composite = new Set<number>()
  for (let table = 0; table < count; table++) {
    const schema = quoteName(`area_${table % schemas}`)
    const isPartitioned = table >= hubs && draw(50) === 0
    const isComposite = !isPartitioned && draw(15) === 0
    if (isComposite) composite.add(table)
    const own = Array.from(
      { length: 4 + draw(13) },
      (_, at) => `column_${at} ${types[draw(types.length)]}${draw(3) === 0 ? ' not null' : ''}`,
    )
    const columns = [
      'id bigint generated always as identity',
      `mood ${schema}.mood default 'well'`,
      `amount ${schema}.amount not null default 0`,
      ...own,
      ...(isPartitioned ? ['at date not null'] : []),
      ...(isComposite ? ['tenant bigint not null', 'unique (tenant, id)'] : []),
      `primary key (id${isPartitioned ? ', at' : ''})`,
    ]
    yield `create table ${name(table)} (${columns.join(', ')})${isPartitioned ? ' partition by range (at)' : ''};`
    if (isPartitioned) {
      for (const year of [2024, 2025, 2026]) {
        yield `create table ${schema}.table_${table}_${year} partition of ${name(table)} for values from ('${year}-01-01') to ('${year + 1}-01-01');`
      }
    }
    yield `comment on table ${name(table)} is 'The ${table}th';`
    if (table === 0 || isPartitioned) continue
    for (let key = draw(3); key >= 0; key--) {
      const to = draw(10) < 7 ? draw(Math.min(hubs, table)) : Math.max(0, table - 1 - draw(20))
      const isSelf = draw(40) === 0
      yield* foreignKey(table, isSelf ? table : to, `to_${key}`)
    }
    // A circle: one of the tables of before refers to this one.
    if (draw(50) === 0) yield* foreignKey(draw(table), table, `back_${table}`)
  }

  function* foreignKey(from: number, to: number, column: string): Generator<string> {
    const onDelete = ['', ' on delete cascade', ' on delete set null'][draw(3)]
    const isWide = composite.has(to) && draw(2) === 0
    const [columns, referred] = isWide ? [[`${column}_tenant`, column], '(tenant, id)'] : [[column], '(id)']
    const add = columns.map((each) => `add column ${each} bigint`).join(', ')
    yield `do $$ begin
      alter table ${name(from)} ${add};
      alter table ${name(from)} add foreign key (${columns.join(', ')}) references ${name(to)} ${referred}${onDelete};
      create index on ${name(from)} (${columns.join(', ')});
    exception when invalid_foreign_key then null; end $$;`
  }
}
