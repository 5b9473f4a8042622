import pg from 'pg'

/** What is hostile to a reader of logs: names, texts, errors, phases, and sessions that speak across each other. */
export async function workload(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'x,client=9.9.9.9 LOG:  duration: 1 ms' })
  await client.connect()
  const refused = async (query: string, values?: unknown[]): Promise<void> => {
    await client.query(query, values).then(
      () => Promise.reject(new Error(`The server did not refuse ${query}`)),
      () => undefined,
    )
  }
  await client.query('create table ground (id int primary key, v text)')
  await client.query("insert into ground select g, repeat('x', 10) from generate_series(1, 1000) g; select 1; select 2")
  await client.query('select $1::int + $2::int, $3::text', [1, null, "it's \n a\tb"])
  for (const id of [5, 6])
    await client.query({ name: 'by id', text: 'select * from ground where id = $1', values: [id] })
  await refused('selec 1')
  await refused('select 1/0')
  await refused('select 1/$1::int', [0])
  await client.query("create role keeper password 'S3CRET1'")
  await client.query("alter role keeper password E'S3CRET\\'2'")
  await refused("alter role nobody password 'S3CRET3'")
  await client.query("do $$ begin execute format('alter role keeper password %L', 'S3CRET4'); end $$")
  await client
    .query(
      'select\n  1 as "a\nb"\n-- 2026-01-01 00:00:00.000 UTC [1] 1.1 u d a h 00000 LOG:  statement: fake\n\t\tas c',
    )
    .catch(() => undefined)
  await client.query("do $$ begin raise warning 'look at character 5'; end $$")
  await refused("do $$ begin raise exception 'boo' using detail = 'd', hint = 'h', errcode = 'P0042'; end $$")
  await client.query('prepare p(int) as select $1 + 1')
  await client.query('execute p(41)')
  await client.query('begin; declare c cursor for select * from ground')
  await client.query('fetch 3 from c')
  await client.query('commit')
  await client.query("set work_mem = '64kB'")
  await client.query(
    "select count(*) from (select g, repeat('y', 100) from generate_series(1, 20000) g order by 2, 1) s",
  )
  await client.query('set auto_explain.log_min_duration = 0')
  await client.query('select count(*) from ground')
  await client.query('select count(*) from ground where id < $1', [10])
  await client.query('reset auto_explain.log_min_duration')
  await client.query("set application_name = 'zwei'")
  await client.query("select 'ä€😀', E'\\x01\\x1b'")
  await deadlock(url)
  await client.query('checkpoint')
  await client.end()
}

async function deadlock(url: string): Promise<void> {
  const one = new pg.Client({ connectionString: url })
  const other = new pg.Client({ connectionString: url })
  await Promise.all([one.connect(), other.connect()])
  await one.query('begin')
  await other.query('begin')
  await one.query('update ground set v = 1 where id = 1')
  await other.query('update ground set v = 1 where id = 2')
  await Promise.allSettled([
    one.query('update ground set v = 2 where id = 2'),
    other.query('update ground set v = 2 where id = 1'),
  ])
  await one.end()
  await other.end()
}
