import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Catalog } from '../../../src/core/catalog/catalog.ts'
import { readCatalog } from '../../../src/main/catalog/read.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { type Ground, openGround, prepare } from './ground.ts'

const never = new AbortController().signal

const hostile = ['"', "'; drop table x; --", '__proto__', 'line\nbreak', 'ⅷ'.repeat(21), '\u202Egnirts', ' '] as const

const sample = `
  create schema care;
  comment on schema care is 'What was done for whom';
  create table care.person (
    id bigint generated always as identity primary key,
    name text not null default 'nobody',
    mail text unique,
    doubled numeric(10, 2) generated always as (1 + 1) stored
  );
  comment on table care.person is 'People';
  comment on column care.person.mail is 'Where to write to';
  alter table care.person drop column mail;
  alter table care.person add column mail text[];
  create unique index person_name on care.person (name);
  create unique index person_lower on care.person (lower(name));
  create unique index person_some on care.person (doubled) where doubled > 3;
  create table care.visit (person bigint references care.person, at date not null, primary key (person, at))
    partition by range (at);
  create table care.visit_2026 partition of care.visit for values from ('2026-01-01') to ('2027-01-01');
  create view care.recent as select * from care.visit;
  create materialized view care.counted as select count(*) from care.visit;
  create sequence care.number;
  create type care.mood as enum ('well', 'it''s bad');
  create domain care.positive as integer default 1 check (value > 0);
  create type care.pair as (a integer, b care.mood);
  create function care.age(person bigint, at date default now(), out years integer) language sql as 'select 1';
  create procedure care.tidy(variadic text[]) language sql as 'select 1';
  create function care.noted() returns trigger language plpgsql as 'begin return new; end';
  create trigger noting before insert on care.person for each row execute function care.noted();
  alter table care.person disable trigger noting;
  create temporary table passing (id integer);
`

function relation(catalog: Catalog, name: string) {
  const found = catalog.relations.find((each) => each.schema === 'care' && each.name === name)
  if (found === undefined) throw new Error(`The catalog does not know care.${name}.`)
  return found
}

describe.each(majors())('PostgreSQL %i', (major) => {
  const server = sharedServer(major)
  let database: string
  let ground: Ground
  let connection: string

  beforeAll(async () => {
    database = await server.createDatabase()
    await prepare(server, database, sample)
    ground = await openGround(server)
    connection = await ground.open(database)
  })
  afterAll(async () => {
    await ground.close()
    await server.dropDatabase(database)
  })

  test('the catalog says what the database holds', async () => {
    const { catalog, live } = await ground.catalogs.get(connection, never)
    expect(live).toBe(true)
    expect(Math.floor(catalog.serverVersion / 10_000)).toBe(major)
    expect(catalog.notes).toEqual([])
    expect(catalog.searchPath).toEqual(['pg_catalog', 'public'])
    expect(catalog.schemas.find(({ name }) => name === 'care')).toMatchObject({
      comment: 'What was done for whom',
      system: false,
    })
    expect(catalog.schemas.filter(({ system }) => system).map(({ name }) => name)).toEqual([
      'information_schema',
      'pg_catalog',
    ])
    expect(catalog.schemas.some(({ name }) => /^pg_(toast|temp)/.test(name))).toBe(false)

    const person = relation(catalog, 'person')
    expect(person).toMatchObject({ kind: 'table', comment: 'People', primaryKey: ['id'], partitionOf: null })
    expect(person.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id bigint',
      'name text',
      'doubled numeric(10,2)',
      'mail text[]',
    ])
    expect(person.columns[0]).toMatchObject({ notNull: true, identity: 'always', default: null })
    expect(person.columns[1]).toMatchObject({ notNull: true, default: "'nobody'::text", identity: null })
    expect(person.columns[2]).toMatchObject({ generated: 'stored', default: '(1 + 1)' })
    // An index over an expression, or over some rows, makes no key of the table.
    expect(person.uniqueKeys).toEqual([['name']])
    expect(person.indexes.map(({ name }) => name)).toEqual([
      'person_lower',
      'person_name',
      'person_pkey',
      'person_some',
    ])
    expect(person.triggers).toMatchObject([{ name: 'noting', enabled: false }])

    const visit = relation(catalog, 'visit')
    expect(visit).toMatchObject({ kind: 'partitioned table', primaryKey: ['person', 'at'] })
    expect(visit.foreignKeys).toMatchObject([{ columns: ['person'], toRelation: person.oid, toColumns: ['id'] }])
    expect(relation(catalog, 'visit_2026')).toMatchObject({ kind: 'table', partitionOf: visit.oid })
    expect(relation(catalog, 'recent').kind).toBe('view')
    expect(relation(catalog, 'counted').kind).toBe('materialized view')
    expect(relation(catalog, 'number').kind).toBe('sequence')

    const own = catalog.routines.filter(({ schema }) => schema === 'care')
    expect(own.find(({ name }) => name === 'age')).toMatchObject({
      kind: 'function',
      result: 'integer',
      args: [
        { name: 'person', type: 'bigint', mode: 'in', hasDefault: false },
        { name: 'at', type: 'date', mode: 'in', hasDefault: true },
        { name: 'years', type: 'integer', mode: 'out', hasDefault: false },
      ],
    })
    expect(own.find(({ name }) => name === 'tidy')).toMatchObject({
      kind: 'procedure',
      result: null,
      args: [{ name: '', type: 'text[]', mode: 'variadic' }],
    })
    expect(catalog.routines.some(({ schema, name }) => schema === 'pg_catalog' && name === 'count')).toBe(true)
    expect(catalog.types.filter(({ schema }) => schema === 'care').map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'mood enum',
      'pair composite',
      'positive domain',
    ])
    expect(catalog.types.find(({ name }) => name === 'mood')?.labels).toEqual(['well', "it's bad"])
    expect(catalog.extensions.map(({ name }) => name)).toContain('plpgsql')
    expect(catalog.roles).toContainEqual({ name: 'postgres', login: true, superuser: true })
  })

  test('definitions make the same objects again', async () => {
    const { catalog } = await ground.catalogs.get(connection, never)
    const copy = await server.createDatabase()
    const other = await openGround(server)
    try {
      const define = async (kind: 'relation' | 'type' | 'routine', oid: number) =>
        (await ground.api.catalog.definition({ connection, kind, oid })).sql
      const types = catalog.types.filter(({ schema }) => schema === 'care')
      const routines = catalog.routines.filter(({ schema }) => schema === 'care')
      const relations = ['number', 'person', 'visit', 'visit_2026', 'recent', 'counted'].map((name) =>
        relation(catalog, name),
      )
      const made = [
        'create schema care;',
        ...(await Promise.all(types.map(({ oid }) => define('type', oid)))),
        ...(await Promise.all(routines.map(({ oid }) => define('routine', oid)))),
        ...(await Promise.all(relations.map(({ oid }) => define('relation', oid)))),
      ]
      await prepare(server, copy, made.join('\n'))
      const again = (await other.catalogs.get(await other.open(copy), never)).catalog
      const told = (from: Catalog) =>
        from.relations
          .filter(({ schema }) => schema === 'care')
          .map(({ name, kind, comment, columns, primaryKey, uniqueKeys, indexes, triggers }) => ({
            name,
            kind,
            comment,
            columns,
            primaryKey,
            uniqueKeys,
            indexes: indexes.map((index) => ({ ...index, oid: 0 })),
            triggers: triggers.map((trigger) => ({ ...trigger, oid: 0 })),
          }))
      expect(told(again)).toEqual(told(catalog))
    } finally {
      await other.close()
      await server.dropDatabase(copy)
    }
  })

  test('a role with few rights gets the catalog; what the server refuses is said, the rest is there', async () => {
    const role = `few_${process.pid}_${major}`
    const restricted = await server.createDatabase()
    await prepare(
      server,
      restricted,
      `create role ${role} login password 'x';
       create schema project_schema;
       create table project_schema.metadata (
         schema_name text, table_name text, column_name text, classification text, tags text[]
       );
       create table kept_secret (id integer);
       revoke all on pg_catalog.pg_proc from public;`,
    )
    try {
      const poor = await ground.open(restricted, { user: role, password: 'x' })
      const { catalog } = await ground.catalogs.get(poor, never)
      expect(catalog.user).toBe(role)
      expect(catalog.routines).toEqual([])
      expect(catalog.relations.some(({ name }) => name === 'kept_secret')).toBe(true)
      expect(catalog.notes).toEqual([
        'Classifications are not shown: this role may not read project_schema.metadata.',
        'Functions could not be read: permission denied for table pg_proc.',
      ])
      await ground.api.connections.close({ id: poor })
    } finally {
      await server.dropDatabase(restricted)
      await prepare(server, 'postgres', `drop role ${role}`)
    }
  })

  test('names of every kind arrive as they are, also in the tree', async () => {
    const odd = await server.createDatabase()
    const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
    await prepare(
      server,
      odd,
      hostile
        .map(
          (name) =>
            `create schema ${quoted(name)}; create table ${quoted(name)}.${quoted(name)} (${quoted(name)} int);`,
        )
        .join(''),
    )
    try {
      const id = await ground.open(odd)
      const { catalog } = await ground.catalogs.get(id, never)
      const names = (of: readonly { name: string }[]) => of.map(({ name }) => name)
      expect(names(catalog.schemas)).toEqual(expect.arrayContaining([...hostile]))
      for (const name of hostile) {
        const found = catalog.relations.find((each) => each.schema === name)
        expect(found).toMatchObject({ name, columns: [{ name }] })
        const { sql } = await ground.api.catalog.definition({ connection: id, kind: 'relation', oid: found?.oid ?? 0 })
        expect(sql).toContain(name.replaceAll('"', '""'))
      }
      await ground.api.connections.close({ id })
    } finally {
      await server.dropDatabase(odd)
    }
  })

  test('a table that somebody is changing holds nobody up', async () => {
    const changing = new pg.Client({ connectionString: server.url(database) })
    await changing.connect()
    try {
      await changing.query('begin; lock table care.person in access exclusive mode')
      await ground.api.catalog.refresh({ connection })
      const { catalog, live } = await ground.catalogs.get(connection, never)
      expect(live).toBe(true)
      expect(relation(catalog, 'person').columns).toHaveLength(4)
      expect(relation(catalog, 'person').primaryKey).toEqual(['id'])
    } finally {
      await changing.end()
      await ground.api.catalog.refresh({ connection })
    }
  })

  test('of more than there is room for, the first are shown, and it says so', async () => {
    const client = new pg.Client({
      connectionString: server.url(database),
      types: { getTypeParser: () => (text: string) => text },
    })
    await client.connect()
    try {
      const catalog = await readCatalog(client, { relations: 5, columns: 10, routines: 3 })
      expect(catalog.relations).toHaveLength(5)
      expect(catalog.routines).toHaveLength(3)
      expect(catalog.notes).toContain('Only the first 5 relations are shown.')
      expect(catalog.notes).toContain('Only the first 3 functions are shown.')
    } finally {
      await client.end()
    }
  })
})

const server = sharedServer()

test('changes are seen after they were told of, and watchers are told', async () => {
  const database = await server.createDatabase()
  const ground = await openGround(server)
  try {
    const connection = await ground.open(database)
    const find = async () =>
      (await ground.catalogs.get(connection, never)).catalog.relations.find(({ name }) => name === 'later')
    expect(await find()).toBeUndefined()
    await prepare(server, database, 'create table later (id integer)')
    expect(await find()).toBeUndefined()

    const watching = new AbortController()
    const told = Promise.withResolvers<string>()
    const watch = ground.api.catalog.watch(
      { connection },
      { signal: watching.signal, onEvent: ({ readAt }) => told.resolve(readAt) },
    )
    // The watch is on its way before the change is.
    await ground.api.connections.list({})
    ground.catalogs.changed(connection)
    await told.promise
    expect(await find()).toMatchObject({ columns: [{ name: 'id' }] })
    watching.abort()
    await watch.catch(() => null)
  } finally {
    await ground.close()
    await server.dropDatabase(database)
  }
})

test('many ask at once, and the server is asked once', async () => {
  const database = await server.createDatabase()
  const ground = await openGround(server)
  try {
    const connection = await ground.open(database)
    const answers = await Promise.all(Array.from({ length: 20 }, () => ground.catalogs.get(connection, never)))
    expect(new Set(answers.map(({ catalog }) => catalog)).size).toBe(1)
  } finally {
    await ground.close()
    await server.dropDatabase(database)
  }
})

test('offline, the copy is given; a damaged one is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgsteward-test-'))
  const database = await server.createDatabase()
  try {
    await prepare(server, database, 'create table kept_here (id integer)')
    const first = await openGround(server, { folder })
    const connection = await first.open(database)
    const { catalog } = await first.catalogs.get(connection, never)
    await first.close()

    const second = await openGround(server, { folder })
    const offline = await second.catalogs.get(connection, never)
    expect(offline.live).toBe(false)
    expect(offline.catalog).toEqual(catalog)
    const tree = await second.api.catalog.tree({ connection, expanded: [], search: 'kept_here', from: 0, count: 10 })
    expect(tree).toMatchObject({ live: false, problem: null, readAt: catalog.readAt })
    expect(tree.rows.map(({ name }) => name)).toContain('kept_here')
    second.cache.db.prepare('update catalog_part set content = ? where part = 1').run(Buffer.from('not gzip'))
    await second.close()

    const third = await openGround(server, { folder })
    await expect(third.api.catalog.tree({ connection, expanded: [], from: 0, count: 10 })).rejects.toMatchObject({
      fault: { code: 'unavailable' },
    })
    await third.close()
  } finally {
    await rm(folder, { recursive: true, force: true })
    await server.dropDatabase(database)
  }
})

test('the copy of a saved connection goes with it, and when it moves to another address', async () => {
  const ground = await openGround(server)
  try {
    const { db } = ground.cache
    const settings = { name: 'a', host: 'h', port: 5432, database: 'd', user: 'u' }
    const keep = (id: string) => {
      db.prepare("insert into catalog_copy (connection, read_at, kept_at, parts) values (?, '', '', 1)").run(id)
      db.prepare("insert into catalog_part (connection, part, content) values (?, 0, x'00')").run(id)
    }
    const left = () => db.prepare('select count(*) from catalog_part').pluck().get()
    const { id } = await ground.api.connections.save({ settings })
    keep(id)
    await ground.api.connections.save({ id, settings: { ...settings, name: 'b' } })
    expect(left()).toBe(1)
    await ground.api.connections.save({ id, settings: { ...settings, host: 'other' } })
    expect(left()).toBe(0)
    keep(id)
    await ground.api.connections.remove({ id })
    expect(left()).toBe(0)
  } finally {
    await ground.close()
  }
})

test('10,000 relations: read in pages, the tree in windows', async () => {
  const database = await server.createDatabase()
  const ground = await openGround(server)
  try {
    await prepare(
      server,
      database,
      `create procedure many() language plpgsql as $$
       begin
         for i in 1..10000 loop
           execute format('create table t_%s (id integer primary key, name text, made date)', to_char(i, 'FM00000'));
           if i % 200 = 0 then commit; end if;
         end loop;
       end $$`,
    )
    await prepare(server, database, 'call many()')
    const connection = await ground.open(database)
    const { catalog } = await ground.catalogs.get(connection, never)
    expect(catalog.relations.filter(({ schema }) => schema === 'public')).toHaveLength(10_000)
    expect(catalog.notes).toEqual([])

    const schema = catalog.schemas.find(({ name }) => name === 'public')
    const expanded = [`s${schema?.oid}`, `s${schema?.oid} Tables`]
    const part = await ground.api.catalog.tree({ connection, expanded, from: 9_002, count: 3 })
    expect(
      part.rows.map(({ name, position, siblings, level, parent }) => [name, position, siblings, level, parent]),
    ).toEqual([
      ['t_09001', 9_001, 10_000, 3, 1],
      ['t_09002', 9_002, 10_000, 3, 1],
      ['t_09003', 9_003, 10_000, 3, 1],
    ])
    expect(part.total).toBeGreaterThan(10_000)
    const found = await ground.api.catalog.tree({ connection, expanded: [], search: 't_0777', from: 0, count: 50 })
    expect(found.rows.map(({ name }) => name)).toEqual([
      'public',
      ...Array.from({ length: 10 }, (_, at) => `t_0777${at}`),
    ])
  } finally {
    await ground.close()
    await server.dropDatabase(database)
  }
}, 120_000)
