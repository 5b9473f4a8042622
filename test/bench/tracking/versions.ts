import type pg from 'pg'
import type { Figure, Ground } from './ground.ts'

const tables = 3_000

/** The history of objects in a database of 3,000 tables, each with a key, an index, a foreign key and a view over it. */
export async function versions(ground: Ground): Promise<Figure[]> {
  const database = await ground.tracked()
  const client = await database.session()
  const objectsBefore = await count(client, 'select count(*) from script_tracking.catalog_now()')
  await client.query('set synchronous_commit = off')
  for (let first = 1; first <= tables; first += 100) {
    await client.query(
      `do $$ begin for i in ${first}..${Math.min(first + 99, tables)} loop
         execute format('create table many_%s (id bigserial primary key, a int not null, b text default ''x'', c timestamptz,
           d numeric(10,2), e jsonb, f bigint references many_%s, unique (a, b))', i, greatest(1, i - 1));
         execute format('create view over_%s as select * from many_%s', i, i);
       end loop; end $$`,
    )
  }
  await client.query('vacuum analyze')
  const from = await moment(client)
  const objects = (await count(client, 'select count(*) from script_tracking.catalog_now()')) - objectsBefore

  const figures: Figure[] = []
  const time = async (what: string, sql: string, values: unknown[] = [], seconds = true): Promise<void> => {
    const began = performance.now()
    const { rows } = await client.query(sql, values)
    const ms = performance.now() - began
    figures.push({
      what,
      value: seconds ? ms / 1000 : ms,
      unit: seconds ? 's' : 'ms',
      detail: { objects, answer: rows[0] },
    })
  }
  const record = 'select script_tracking.record_object_versions() as versions'
  await time(`definitions of everything, ${tables} tables`, 'select count(*) from script_tracking.catalog_now()')
  await time(`recording what ${tables * 2} commands created`, record)
  await client.query('vacuum analyze')
  await client.query(`comment on table many_5 is 'one'`)
  await client.query(record)
  for (const [what, command] of [
    ['a comment', `comment on table many_5 is 'two'`],
    ['an added column', 'alter table many_7 add column g int'],
    ['a grant', 'grant select on many_8 to public'],
    ['a renamed schema', 'alter schema public rename to renamed; alter schema renamed rename to public'],
  ] as const) {
    await client.query(command)
    await time(`recording ${what}`, record, [], false)
  }
  const to = await moment(client)
  await time('schema_at', 'select count(*) from script_tracking.schema_at($1)', [to])
  await time('schema_diff', 'select count(*) from script_tracking.schema_diff($1, $2)', [from, to])
  await time('drift', 'select count(*) from script_tracking.drift()')
  await time('blame of a table', `select count(*) from script_tracking.blame('public.many_7')`, [], false)
  return figures
}

async function count(client: pg.Client, sql: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(sql)
  return Number(rows[0]?.count)
}

async function moment(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ at: string }>('select clock_timestamp()::text as at')
  return rows[0]?.at
}
