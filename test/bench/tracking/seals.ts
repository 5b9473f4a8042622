import type { Figure, Ground } from './ground.ts'

/** Sealing a million operations at once, and recomputing all of it. Then what a seal costs day by day, and a proof. */
export async function seals(ground: Ground): Promise<Figure[]> {
  const client = await (await ground.copyOfMillion()).session()
  const timed = async (sql: string) => {
    const startedAt = performance.now()
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return { ms: performance.now() - startedAt, rows }
  }
  const sealing = await timed('select row_count::int from script_tracking.seal()')
  const rows = sealing.rows[0]?.['row_count']
  const verifying = await timed('select ok, problem from script_tracking.verify()')
  const wrong = verifying.rows.find(({ ok }) => ok !== true)
  if (wrong !== undefined) throw new Error(`What was measured is not right: ${String(wrong['problem'])}`)

  await client.query(`select track_operation('n' || n) from generate_series(1, 1000) n`)
  const small = await timed('select script_tracking.seal()')
  const sample = await client.query<{ version: string }>(
    'select versions[500] as version from script_tracking.seal_block where seal_number = 1 order by block limit 20',
  )
  const proving = await timed(
    `select script_tracking.proof(version) from unnest(array[${sample.rows.map(({ version }) => version).join()}]::bigint[]) as version`,
  )
  const size = await client.query<{ mb: number }>(
    `select pg_total_relation_size('script_tracking.seal_block') / 2.0 ^ 20 as mb`,
  )
  return [
    { what: `sealing 1 million operations (${rows} rows)`, value: sealing.ms / 1000, unit: 's', most: 10, reach: 5 },
    { what: 'verifying them', value: verifying.ms / 1000, unit: 's', most: 10, reach: 5 },
    { what: 'sealing 1000 more rows', value: small.ms, unit: 'ms' },
    { what: 'proving one of them', value: proving.ms / sample.rows.length, unit: 'ms' },
    { what: 'what the seals take', value: Number(size.rows[0]?.mb), unit: 'MB' },
  ]
}
