import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { majors, sharedServer } from '../../ground/shared.ts'
import { look, openStation, type Station } from './station.ts'

describe.each(majors())('running SQL on PostgreSQL %i', (major) => {
  const server = sharedServer(major)
  let database: string
  let station: Station

  const count = async (table: string) =>
    Number((await look<{ n: string }>(server, database, `select count(*) as n from ${table}`))[0]?.n)

  beforeAll(async () => {
    database = await server.createDatabase()
    station = await openStation({ server, database, cursorIdleMs: 200 })
  })
  afterAll(async () => {
    await station.close()
    await server.dropDatabase(database)
  })

  it('shows rows as PostgreSQL prints them', async () => {
    const { outcome, results } = await station.run(
      `select 1::int as n, null as nothing, '' as empty, 9007199254740993::int8 as big, 'é😀' as text,
         array[1,2] as list, 1.10::numeric(10,2) as exact`,
    )
    expect(outcome).toMatchObject({
      status: 'COMPLETED',
      statements: 1,
      completed: 1,
      transaction: 'idle',
      failure: null,
      recorded: 'local',
      recordingFault: null,
    })
    expect(results).toHaveLength(1)
    expect(results[0]).toMatchObject({
      index: 0,
      command: 'SELECT',
      rowCount: 1,
      done: true,
      rows: [['1', null, '', '9007199254740993', 'é😀', '{1,2}', '1.10']],
    })
    expect(results[0]?.columns.map(({ type }) => type)).toEqual([
      'integer',
      'text',
      'text',
      'bigint',
      'text',
      'integer[]',
      'numeric(10,2)',
    ])
  })

  it('keeps columns that share a name, or are called like parts of JavaScript', async () => {
    const { results } = await station.run('select 1 as a, 2 as a, 3 as "__proto__", 4 as "constructor"')
    expect(results[0]?.columns.map(({ name }) => name)).toEqual(['a', 'a', '__proto__', 'constructor'])
    expect(results[0]?.rows).toEqual([['1', '2', '3', '4']])
  })

  it('says of each statement what PostgreSQL says: whole tags, counts, and null where nothing is counted', async () => {
    const { results } = await station.run(`
      create table tagged (id int primary key, v text);
      insert into tagged select n, 'x' from generate_series(1, 5) n;
      update tagged set v = 'y' where id > 3;
      delete from tagged where id = 1 returning id;
      begin; commit; drop table tagged`)
    expect(results.map(({ command, rowCount }) => [command, rowCount])).toEqual([
      ['CREATE TABLE', null],
      ['INSERT', 5],
      ['UPDATE', 2],
      ['DELETE', 1],
      ['BEGIN', null],
      ['COMMIT', null],
      ['DROP TABLE', null],
    ])
    expect(results[3]?.rows).toEqual([['1']])
  })

  it('runs a part of the text, and counts offsets in the whole of it', async () => {
    const sql = "select 'ü😀'; select nothing_here; select 3"
    const start = sql.indexOf('select nothing')
    const { outcome } = await station.run(sql, { range: { start, end: sql.indexOf('; select 3') } })
    expect(outcome).toMatchObject({ status: 'FAILED', statements: 1, completed: 0 })
    expect(outcome.failure?.fault).toMatchObject({ code: 'postgres', sqlstate: '42703' })
    expect(sql.slice(outcome.failure?.offset ?? 0)).toBe('nothing_here; select 3')
  })

  it('finds the place of an error behind letters of every width', async () => {
    const sql = "-- Ärzte 😀\nselect 'ß😀漢', /* 𝒳 */ nothing_here"
    const { outcome } = await station.run(sql)
    expect(outcome.failure?.offset).toBe(sql.indexOf('nothing_here'))
    const broken = "select 1;\nselect '😀' form x"
    const { outcome: second } = await station.run(broken)
    expect(second.failure).toMatchObject({ statement: 1, fault: { sqlstate: '42601' } })
    expect(second.failure?.offset).toBe(broken.indexOf('x', 20))
  })

  it('leaves the words to the server where the text cannot be read, after running what comes before', async () => {
    const { outcome, results } = await station.run("create table before_it (id int); select 'open; select 2")
    expect(results.map(({ command }) => command)).toEqual(['CREATE TABLE'])
    expect(outcome.failure?.fault).toMatchObject({ sqlstate: '42601' })
    expect(outcome.failure?.fault.message).toContain('unterminated quoted string')
    expect(outcome.failure?.offset).toBe("create table before_it (id int); select '".length - 1)
  })

  it('refuses a NUL, a command of psql and COPY … FROM STDIN before anything runs', async () => {
    for (const [sql, position, words] of [
      ["create table never (id int); select 'a\0b'", 39, 'NUL character'],
      ['create table never (id int);\n\\d never', 30, '\\d, a command of psql'],
      ["create table never (id int);\ncopy never from stdin;\n1\t'2\n\\.\n", 30, 'COPY … FROM STDIN'],
      ['create table never (id int); copy never from stdout', 30, 'COPY … FROM STDIN'],
    ] as const) {
      await expect(station.run(sql)).rejects.toMatchObject({
        fault: { code: 'refused', position, message: expect.stringContaining(words), hint: expect.any(String) },
      })
    }
    await expect(count('never')).rejects.toMatchObject({ code: '42P01' })
    // Also in a part of a text, lines and offsets are those of the whole.
    for (const sql of ['select 1;\nselect 2;\nselect \0', 'select 1;\nselect 2;\nselect\n\\d']) {
      const line = sql.includes('\0') ? 3 : 4
      await expect(station.run(sql, { range: { start: 10, end: sql.length } })).rejects.toMatchObject({
        fault: { position: 28, message: expect.stringMatching(new RegExp(`[Ll]ine ${line}`)) },
      })
    }
    await expect(station.run(' ; -- nothing\n;')).rejects.toMatchObject({ fault: { code: 'invalid_input' } })
  })

  it('runs what cannot run in a transaction, and what returns rows without being a query', async () => {
    const name = `${database}_made`
    const { outcome, results } = await station.run(`
      create database ${name} template template0; drop database ${name};
      create table odd (id int); vacuum odd; create index concurrently odd_id on odd (id);
      insert into odd values (1), (2);
      explain select * from odd; show search_path; listen anything; notify anything, 'hello';
      copy odd to stdout; copy (select 1) to stdout with (format binary);
      prepare p as select id from odd order by id; execute p; values (1), (2); table odd;
      do $$ begin raise notice 'from inside' using detail = 'd', hint = 'h'; end $$`)
    expect(outcome).toMatchObject({ failure: null, status: 'COMPLETED' })
    const byCommand = new Map(results.map((result) => [result.index, result]))
    expect(byCommand.get(6)?.columns).toMatchObject([{ name: 'QUERY PLAN', type: 'text' }])
    expect(byCommand.get(6)?.rowCount).toBeNull()
    expect(byCommand.get(7)?.rows).toEqual([['"$user", public']])
    expect(byCommand.get(10)).toMatchObject({ command: 'COPY', rowCount: 2, rows: [['1'], ['2']] })
    expect(byCommand.get(10)?.columns).toMatchObject([{ name: 'copy', type: 'text' }])
    expect(byCommand.get(11)?.columns).toMatchObject([{ type: 'bytea' }])
    expect(byCommand.get(11)?.rows[0]?.[0]).toMatch(/^\\x5047434f5059/)
    expect(byCommand.get(13)?.rows).toEqual([['1'], ['2']])
  })

  it('tells notices as they come, with the statement that they belong to', async () => {
    const { events } = await station.run(`
      select 1; do $$ begin raise warning 'mind %', 'this' using detail = 'd', hint = 'h', errcode = '01234'; end $$;
      listen said; notify said, 'hello'`)
    const notices = events.filter((event) => event.kind === 'notice')
    expect(notices).toContainEqual({
      kind: 'notice',
      index: 1,
      notice: { severity: 'WARNING', message: 'mind this', detail: 'd', hint: 'h', sqlstate: '01234' },
    })
    expect(notices).toContainEqual({
      kind: 'notice',
      index: 3,
      notice: { severity: 'NOTIFICATION', message: 'said: hello' },
    })
  })

  it('stops at the statement that fails; those before it are committed', async () => {
    const statements = Array.from({ length: 1_000 }, (_, i) =>
      i === 499 ? 'insert into many values (1)' : `insert into many values (${i + 1})`,
    )
    await station.run('create table many (id int primary key)')
    const { outcome } = await station.run(statements.join(';\n'))
    expect(outcome).toMatchObject({ status: 'FAILED', statements: 1_000, completed: 499, transaction: 'idle' })
    expect(outcome.failure).toMatchObject({ statement: 499, fault: { sqlstate: '23505', table: 'many' } })
    expect(await count('many')).toBe(499)
    const detail = await station.detail(outcome.operation)
    expect(detail.errorMessage).toContain('(statement 500 of 1,000 failed; the 499 before it are committed)')
    expect(detail).toMatchObject({ errorCode: '23505', rows: 499, status: 'FAILED', category: 'MIXED' })
  })

  it('fails with a constraint that is checked at the commit', async () => {
    await station.run('create table late (id int unique deferrable initially deferred)')
    const { outcome } = await station.run('insert into late values (1), (1)')
    expect(outcome).toMatchObject({ status: 'FAILED', failure: { statement: 0, fault: { sqlstate: '23505' } } })
    const inside = await station.run('begin; insert into late values (2), (2); commit')
    expect(inside.outcome).toMatchObject({ status: 'FAILED', transaction: 'idle', failure: { statement: 2 } })
    expect(await count('late')).toBe(0)
    expect((await station.detail(inside.outcome.operation)).errorMessage).toContain('the 2 before it are rolled back')
  })

  it('lets the user fix the isolation level after begin', async () => {
    const { outcome, results } = await station.run(
      'begin; set transaction isolation level serializable; show transaction_isolation; commit',
    )
    expect(outcome.failure).toBeNull()
    expect(results[2]?.rows).toEqual([['serializable']])
  })

  describe('rows by pages', () => {
    it('knows of exactly one page that there are no others, whatever has limited it', async () => {
      for (const rows of ['1, 100) n', '1, 1000) n limit 100', '1, 1000) n fetch first 100 rows only']) {
        const { outcome, results } = await station.run(`select n from generate_series(${rows}`, { pageSize: 100 })
        expect(outcome.status).toBe('COMPLETED')
        expect(results[0]).toMatchObject({ rowCount: 100, known: 100, done: true })
        expect(results[0]?.rows).toHaveLength(100)
        expect((await station.detail(outcome.operation)).rows).toBe(100)
      }
    })

    it('knows of one row more, and gives it with the next page', async () => {
      const { outcome, results } = await station.run('select n from generate_series(1, 101) n', { pageSize: 100 })
      expect(outcome.status).toBe('STARTED')
      expect(results[0]).toMatchObject({ rowCount: 100, known: 100, done: false })
      const rest = await station.api.editor.rows({ result: results[0]?.result ?? '', from: 100, count: 100 })
      expect(rest).toMatchObject({ rows: [['101']], known: 101, done: true })
      expect(await station.detail(outcome.operation)).toMatchObject({ status: 'COMPLETED', rows: 101 })
    })

    it('knows of a later page, too, whether it is the last one', async () => {
      const { outcome, results } = await station.run('select n from generate_series(1, 300) n', { pageSize: 100 })
      const result = results[0]?.result ?? ''
      expect(await station.api.editor.rows({ result, from: 100, count: 100 })).toMatchObject({
        known: 200,
        done: false,
      })
      const last = await station.api.editor.rows({ result, from: 200, count: 100 })
      expect(last).toMatchObject({ known: 300, done: true })
      expect([last.rows[0], last.rows.at(-1)]).toEqual([['201'], ['300']])
      expect(await station.detail(outcome.operation)).toMatchObject({ status: 'COMPLETED', rows: 300 })
    })

    it('tells in which style the dates of a result are written', async () => {
      const { results } = await station.run("set datestyle = 'SQL, DMY'; select date '2024-03-02' as day")
      expect(results[1]).toMatchObject({ dateStyle: 'SQL, DMY', rows: [['02/03/2024']] })
      const again = await station.run("set datestyle = 'ISO, MDY'; select date '2024-03-02' as day")
      expect(again.results[1]).toMatchObject({ dateStyle: 'ISO, MDY', rows: [['2024-03-02']] })
    })

    it('gives the first rows of a large result at once and the others as they are asked for', async () => {
      const { outcome, results } = await station.run('select n from generate_series(1, 1000) n', { pageSize: 100 })
      const result = results[0]?.result ?? ''
      expect(results[0]).toMatchObject({ rowCount: 100, known: 100, done: false })
      expect(outcome.status).toBe('STARTED')
      const second = await station.api.editor.rows({ result, from: 100, count: 400 })
      expect(second).toMatchObject({ known: 500, done: false, fault: null })
      expect([second.rows[0], second.rows.at(-1)]).toEqual([['101'], ['500']])
      const rest = await station.api.editor.rows({ result, from: 500, count: 10_000 })
      expect([rest.rows.length, rest.done]).toEqual([500, true])
      expect(await station.detail(outcome.operation)).toMatchObject({ status: 'COMPLETED', rows: 1_000 })
    })

    it.each([9, 10, 11, 50, 199, 200])('counts all of %i rows, however they came', async (count) => {
      const { results, outcome } = await station.run(`select n from generate_series(1, ${count}) n`)
      expect(results[0]).toMatchObject({ rowCount: count, known: count, done: true })
      expect((await station.detail(outcome.operation)).rows).toBe(count)
      const bare = await station.run(`select from generate_series(1, ${count * 50})`)
      expect(bare.results[0]).toMatchObject({ rowCount: count * 50, columns: [], result: null, done: true })
      expect(await station.detail(bare.outcome.operation)).toMatchObject({ rows: count * 50, status: 'COMPLETED' })
    })

    it('lets the server go on when nobody reads, and says so', async () => {
      const { results, outcome } = await station.run('select n from generate_series(1, 100000) n')
      const result = results[0]?.result ?? ''
      while ((await station.detail(outcome.operation)).status === 'STARTED') await sleep(20)
      const rest = await station.api.editor.rows({ result, from: 199, count: 10 })
      expect(rest).toMatchObject({
        rows: [['200']],
        known: 200,
        done: false,
        fault: { code: 'unavailable', message: expect.stringContaining('0.2 s') },
      })
      const backends = await look(server, database, 'select state, backend_xmin from pg_stat_activity where pid = $1', [
        station.backendPid,
      ])
      expect(backends).toEqual([{ state: 'idle', backend_xmin: null }])
    })

    it('runs statements in the middle of a script to their end, and keeps their rows', async () => {
      await station.run(
        'create table effects (n int); create function effect(n int) returns int language sql as $$ insert into effects values (n) returning n $$',
      )
      const { results } = await station.run('select effect(n) from generate_series(1, 500) n; select 1', {
        pageSize: 10,
      })
      expect(results[0]).toMatchObject({ rowCount: 500, known: 500, done: true })
      expect(results[0]?.rows).toHaveLength(10)
      expect(await count('effects')).toBe(500)
      const rest = await station.api.editor.rows({
        result: results[0]?.result ?? '',
        from: 10,
        count: 1_000,
      })
      expect([rest.rows.length, rest.done, rest.rows[0]]).toEqual([490, true, ['11']])
    })

    it('commits what returns rows without waiting for them to be read', async () => {
      await station.run('create table returned (n int)')
      const { outcome, results } = await station.run(
        'insert into returned select n from generate_series(1, 500) n returning n',
        { pageSize: 10 },
      )
      expect(outcome.status).toBe('COMPLETED')
      expect(results[0]).toMatchObject({ command: 'INSERT', rowCount: 500, known: 500, done: true })
      expect(await count('returned')).toBe(500)
    })

    it('keeps all rows of a statement in the middle, however many', async () => {
      const { results } = await station.run('select n from generate_series(1, 60000) n; select 1', { pageSize: 10 })
      expect(results[0]).toMatchObject({ rowCount: 60_000, known: 60_000, done: true })
      const last = await station.api.editor.rows({ result: results[0]?.result ?? '', from: 59_990, count: 100 })
      expect(last.rows.map(([n]) => n)).toEqual(Array.from({ length: 10 }, (_, n) => String(59_991 + n)))
    })

    it('makes pages smaller where rows are long, and loses none', async () => {
      const { results, outcome } = await station.run("select repeat('é', 3000000) from generate_series(1, 30)")
      let rows = results[0]?.rows.length ?? 0
      expect(rows).toBeLessThan(30)
      for (let done = false; !done; ) {
        const page = await station.api.editor.rows({
          result: results[0]?.result ?? '',
          from: rows,
          count: 10_000,
        })
        expect(page.rows.length).toBeLessThan(12)
        expect(page.rows.every(([cell]) => cell?.length === 3_000_000)).toBe(true)
        rows += page.rows.length
        done = page.done && rows === page.known
      }
      expect(rows).toBe(30)
      expect(await station.detail(outcome.operation)).toMatchObject({ status: 'COMPLETED', rows: 30 })
    })

    it('fails where a later row fails, and records it', async () => {
      const { outcome, results } = await station.run('select 1 / (300 - n) from generate_series(1, 1000) n')
      expect(outcome.status).toBe('STARTED')
      const result = results[0]?.result ?? ''
      const rest = await station.api.editor.rows({ result, from: 200, count: 500 })
      // The rows before the one that failed stay.
      expect(rest).toMatchObject({ known: 299, done: false, fault: { sqlstate: '22012' } })
      expect(rest.rows).toHaveLength(99)
      expect(await station.detail(outcome.operation)).toMatchObject({ status: 'FAILED', errorCode: '22012' })
      expect((await station.run('select 1')).outcome.status).toBe('COMPLETED')
    })

    it('ends a result with the next run of its session, or when it is released', async () => {
      const { results, outcome } = await station.run('select n from generate_series(1, 1000) n')
      await station.run('select 1')
      const result = results[0]?.result ?? ''
      await expect(station.api.editor.rows({ result, from: 0, count: 1 })).rejects.toMatchObject({
        fault: { code: 'not_found' },
      })
      expect((await station.detail(outcome.operation)).status).toBe('COMPLETED')
      const again = await station.run('select n from generate_series(1, 1000) n')
      await station.api.editor.release({ result: again.results[0]?.result ?? '' })
      expect((await station.detail(again.outcome.operation)).status).toBe('COMPLETED')
    })
  })
})
