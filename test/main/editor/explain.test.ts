import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analysePlan } from '../../../src/core/editor/plan/analyse.ts'
import { readPlan } from '../../../src/core/editor/plan/read.ts'
import { planText } from '../../../src/core/editor/plan/text.ts'
import { explainPrefix } from '../../../src/main/editor/explain.ts'
import { majors, sharedServer } from '../../ground/shared.ts'
import { look, openStation, type Station } from './station.ts'

const queries = [
  'select * from visit where id = 5',
  "select * from visit where note like 'a%' and person > 10",
  'select p.name, count(*) from person p join visit v on v.person = p.id group by p.name having count(*) > 1 order by 2 desc limit 5',
  'select * from person p left join visit v on v.person = p.id and v.id < 100 where p.id < 20',
  'select * from person where id in (select person from visit where id < 50) and name <> (select max(name) from person)',
  'with recent as materialized (select * from visit where id > 100) select * from recent r join person p on p.id = r.person',
  'with recursive n(i) as (select 1 union all select i + 1 from n where i < 10) select * from n',
  'select id, row_number() over (partition by person order by id) from visit',
  'select * from generate_series(1, 10) g, (values (1), (2)) v(x)',
  'select id, name from person union select id, note from visit intersect select id, name from person',
  'select distinct person from visit order by person desc',
  'insert into person select g, g::text from generate_series(1, 3) g',
  'update visit set note = note where id < 10',
  'delete from visit where id < 10',
  'select * from visit where id < 10 or person = 3',
  'select * from visit order by id desc limit 3',
  'select 1 where false',
  'select * from "Odd ""Table""" o where o."a b" = 1',
  'select person, note, count(*) from visit group by rollup (person, note)',
  'select count(*) from visit, person',
  'select * from parted where k = 2',
  'select * from parted where k = (select 1)',
]

describe.each(majors())('explaining on PostgreSQL %i', (major) => {
  const server = sharedServer(major)
  let database: string
  let station: Station

  beforeAll(async () => {
    database = await server.createDatabase()
    station = await openStation({ server, database })
    const { outcome } = await station.run(`
      create table person (id int primary key, name text, extra int);
      create table visit (id int primary key, person int references person, note text);
      create index visit_person on visit (person);
      insert into person select g, 'person ' || g from generate_series(1, 2000) g;
      insert into visit select g, g % 2000 + 1, repeat('a', g % 50) from generate_series(1, 20000) g;
      create table "Odd ""Table""" ("a b" int);
      create table parted (k int, v text) partition by list (k);
      create table parted_1 partition of parted for values in (1);
      create table parted_2 partition of parted for values in (2);
      create function audit() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger audit after update on visit for each row execute function audit();
      analyze`)
    expect(outcome.failure).toBeNull()
  })
  afterAll(async () => {
    await station.close()
    await server.dropDatabase(database)
  })

  const inText = (lines: Record<string, string>[]): string => lines.map((line) => line['QUERY PLAN'] ?? '').join('\n')

  it.each(queries)('says in text what the server says: %s', async (query) => {
    const json = inText(await look(server, database, `explain (format json) ${query}`))
    const text = inText(await look(server, database, `explain ${query}`))
    expect(planText(readPlan(json))).toBe(text)
  })

  const count = async (what: string): Promise<number> =>
    Number((await look<{ n: string }>(server, database, `select count(*) as n from ${what}`))[0]?.n)

  it('counts what parallel processes do at once as one, and what never ran as nothing', async () => {
    const { outcome: settings } = await station.run(`set max_parallel_workers_per_gather = 2;
      set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0`)
    expect(settings.failure).toBeNull()
    const { outcome } = await station.run(`select count(*) from visit v where note <> '' and person > 5`, {
      explain: 'analyze',
    })
    await station.run('reset all')
    const plan = analysePlan(readPlan(outcome.plan?.json ?? ''))
    expect(plan.nodes.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['Gather', 'Parallel Seq Scan on visit v']),
    )
    const root = plan.nodes[0]
    for (const node of plan.nodes) {
      expect(node.selfMs ?? 0).toBeGreaterThanOrEqual(0)
      expect(node.share).toBeLessThanOrEqual(1)
    }
    const scan = plan.nodes.find(({ title }) => title === 'Parallel Seq Scan on visit v')
    expect(scan?.rows).toBeGreaterThan(15_000)
    expect(scan?.totalMs ?? 0).toBeLessThanOrEqual((root?.totalMs ?? 0) * 1.5)
    const never = await station.run(
      'select * from person p where false or (id < 0 and exists (select 1 from visit where id = p.id))',
      {
        explain: 'analyze',
      },
    )
    const nodes = analysePlan(readPlan(never.outcome.plan?.json ?? '')).nodes
    expect(nodes.filter(({ neverExecuted }) => neverExecuted).length).toBeGreaterThan(0)
    expect(nodes.filter(({ neverExecuted }) => neverExecuted).every(({ misestimate }) => misestimate === null)).toBe(
      true,
    )
  })

  it('marks what was misjudged, and charges a CTE to who reads it', async () => {
    await station.run(
      `create table skewed as select g as id, 1 as a, 1 as b from generate_series(1, 10000) g; analyze skewed`,
    )
    const { outcome } = await station.run(
      `with slow as materialized (select s.*, pg_sleep(0.0002) from skewed s where id % 7 = id % 7 and a + b = 2 limit 200)
       select * from slow where id > 0`,
      { explain: 'analyze' },
    )
    const { nodes, timed } = analysePlan(readPlan(outcome.plan?.json ?? ''))
    expect(timed).toBe(true)
    const scan = nodes.find(({ title }) => title.startsWith('CTE Scan on slow'))
    const inside = nodes.find(({ subplan }) => subplan === 'CTE slow')
    expect(inside?.totalMs ?? 0).toBeGreaterThan(scan?.selfMs ?? Number.POSITIVE_INFINITY)
    const whole = await station.run('select * from skewed where a + b = 2', { explain: 'analyze' })
    expect(analysePlan(readPlan(whole.outcome.plan?.json ?? '')).nodes[0]?.misestimate).toMatchObject({
      direction: 'more',
      factor: expect.closeTo(200, -1),
    })
  })

  it('explains without running', async () => {
    const { outcome } = await station.run('delete from visit', { explain: 'plan' })
    expect(outcome).toMatchObject({ status: 'COMPLETED', transaction: 'idle', failure: null, plan: { undone: false } })
    expect(outcome.plan?.text).toMatch(/^Delete on visit {2}\(cost=/)
    expect(await count('visit')).toBe(20_000)
    const detail = await station.detail(outcome.operation)
    expect(detail.sql).toBe(`${explainPrefix(false, server.major * 10_000)}delete from visit`)
    expect(detail.plan).toEqual({ text: outcome.plan?.text, json: outcome.plan?.json })
  })

  it('analyzes a query, with buffers', async () => {
    const { outcome } = await station.run('select count(*) from visit', { explain: 'analyze' })
    expect(outcome).toMatchObject({ status: 'COMPLETED', plan: { undone: false } })
    expect(outcome.plan?.text).toMatch(/actual time=.*rows=1.*loops=1/)
    expect(outcome.plan?.text).toMatch(/Buffers: shared hit=/)
    expect(outcome.plan?.text).toMatch(/Execution Time: \d/)
  })

  it('analyzes a change, rolls it back, and says so', async () => {
    const { outcome } = await station.run("update visit set note = 'gone' where id <= 10", { explain: 'analyze' })
    expect(outcome).toMatchObject({
      status: 'ROLLED_BACK',
      transaction: 'idle',
      failure: null,
      plan: { undone: true },
    })
    expect(outcome.plan?.text).toMatch(/Trigger audit on visit: time=.* calls=10/)
    expect(await count("visit where note = 'gone'")).toBe(0)
    expect(await station.detail(outcome.operation)).toMatchObject({
      status: 'ROLLED_BACK',
      errorMessage: 'Explained by running it. What it changed was rolled back.',
    })
  })

  it('keeps an open transaction as it was, also where the statement fails', async () => {
    await station.run("begin; update visit set note = 'mine' where id = 1")
    const explained = await station.run("update visit set note = 'gone' where id = 1", { explain: 'analyze' })
    expect(explained.outcome).toMatchObject({ transaction: 'open', failure: null, plan: { undone: true } })
    const failed = await station.run('update visit set person = 0 / (id - 1) where id = 1', { explain: 'analyze' })
    expect(failed.outcome).toMatchObject({
      transaction: 'open',
      failure: { fault: { sqlstate: '22012' } },
      plan: null,
    })
    const { results } = await station.run('select note from visit where id = 1; commit')
    expect(results[0]?.rows).toEqual([['mine']])
    expect(await station.detail(explained.outcome.operation)).toMatchObject({ status: 'ROLLED_BACK' })
  })

  it('binds parameters, and keeps what is secret out of the record', async () => {
    const { outcome } = await station.run('select * from person where name = :name and extra = :api_key', {
      explain: 'plan',
      params: [
        { name: 'name', value: "O'Hara" },
        { name: 'api_key', value: '424242' },
      ],
    })
    expect(outcome.failure).toBeNull()
    expect(outcome.plan?.text).toContain('424242')
    const { plan } = await station.detail(outcome.operation)
    expect(plan?.text).toContain("O''Hara")
    expect(plan?.text).not.toContain('424242')
    expect(plan?.json).not.toContain('424242')
    expect(JSON.parse(plan?.json ?? '')).toHaveLength(1)
  })

  it('marks an error where it stands in the statement', async () => {
    const { outcome } = await station.run('select nmae from person where id = :id', {
      explain: 'plan',
      params: [{ name: 'id', value: '1' }],
    })
    expect(outcome.failure).toMatchObject({ offset: 7, fault: { sqlstate: '42703' } })
  })

  it.each([
    ['select 1; select 2', 'One statement'],
    ['explain select 1', 'is an explain already'],
    ['vacuum visit', 'has no plan'],
  ])('refuses %s', async (sql, message) => {
    await expect(station.run(sql, { explain: 'analyze' })).rejects.toMatchObject({
      fault: { code: 'refused', message: expect.stringContaining(message) },
    })
  })
})
