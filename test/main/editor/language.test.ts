import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedServer } from '../../ground/shared.ts'
import { openStation, type Station } from './station.ts'

describe('what the main process knows of SQL while it is written', () => {
  const server = sharedServer()
  let database: string
  let station: Station

  beforeAll(async () => {
    database = await server.createDatabase()
    station = await openStation({ server, database })
    await station.run(`
      create type mood as enum ('sad', 'it''s fine');
      create table customer (id int primary key, "Full ""Name" text, mood mood);
      comment on table customer is 'Who buys';
      create table orders (id int primary key, customer_id int not null references customer);
      create function price_of(sku text, on_day date default current_date) returns numeric language sql as 'select 1.0';
    `)
  })
  afterAll(async () => {
    await station.close()
    await server.dropDatabase(database)
  })

  const at = (text: string) => ({
    connection: station.connection,
    sql: text.replace('|', ''),
    offset: text.indexOf('|'),
  })
  const offered = async (text: string) =>
    (await station.api.editor.complete(at(text))).items.map(({ insert }) => insert)

  it('offers what the database holds, and names PostgreSQL’s own functions', async () => {
    expect((await offered('select * from |')).slice(0, 2)).toEqual(['customer', 'orders'])
    expect(await offered('select c.| from customer c')).toEqual(
      ['id', '"Full ""Name"', 'mood', '* as its 3 columns'].map((each, index) =>
        index === 3 ? 'id, c."Full ""Name", c.mood' : each,
      ),
    )
    expect((await offered('select * from orders o join customer c on |'))[0]).toBe('o.customer_id = c.id')
    expect(await offered("select * from customer where mood = '|'")).toEqual(["'sad'", "'it''s fine'"])
    expect((await offered('select jsonb_object_a|')).slice(0, 2)).toEqual([
      'jsonb_object_agg($0)',
      'jsonb_object_agg_strict($0)',
    ])
    expect(await offered('select * from pg_stat_activi|')).toContain('pg_stat_activity')
    expect((await offered('activi|'))[0]).toContain('pg_stat_activity')
  })

  it('writes only what the server takes', async () => {
    const { items } = await station.api.editor.complete(at('select | from customer'))
    for (const { insert, kind } of items.filter(({ kind }) => kind === 'column')) {
      const { outcome } = await station.run(`select ${insert} from customer`)
      expect({ insert, kind, failure: outcome.failure }).toMatchObject({ failure: null })
    }
  })

  it('knows what was made and dropped a moment ago', async () => {
    await station.run('create table invoice (number text, total numeric)')
    expect((await offered('select * from inv|'))[0]).toBe('invoice')
    await station.run('drop table invoice')
    expect(await offered('select * from inv|')).not.toContain('invoice')
  })

  it('answers while the session is busy', async () => {
    const stop = new AbortController()
    const sleeping = station.run('select pg_sleep(60)', { signal: stop.signal })
    expect(await offered('select * from cust|')).toContain('customer')
    stop.abort()
    expect((await sleeping.catch((fault: unknown) => fault)) !== null).toBe(true)
  })

  it('tells what a name means and what a call takes', async () => {
    const { found, source } = await station.api.editor.hover(at('select * from cust|omer'))
    expect(found).toMatchObject({
      code: 'table public.customer\n  id integer not null\n  "Full ""Name" text\n  mood mood',
      from: 14,
      to: 22,
    })
    expect(found?.lines).toContain('Who buys')
    expect(source).toMatchObject({ live: true, problem: null })
    expect(await station.api.editor.signature(at("select price_of('a', |"))).toMatchObject({
      signatures: [{ label: 'price_of(sku text, on_day date = …) → numeric' }],
      parameter: 1,
    })
  })

  it('goes on with the copy when the connection is closed, and says that it is one', async () => {
    await offered('select * from |')
    await station.api.connections.close({ id: station.connection })
    const { items, source } = await station.api.editor.complete(at('select * from cust|'))
    expect(items.map(({ insert }) => insert)).toContain('customer')
    expect(source).toMatchObject({ live: false })
  })

  it('knows the language where it knows no database', async () => {
    const answer = await station.api.editor.complete({ connection: 'unknown', sql: 'sel', offset: 3 })
    expect(answer).toMatchObject({ items: [{ insert: 'select' }], source: null })
  })
})
