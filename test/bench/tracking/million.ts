import type pg from 'pg'
import { quoteName } from '../../../src/core/quote.ts'

export interface Filling {
  /** How many executions. */
  operations: number
  /** The share of them that event triggers recorded, from 0 to 1. The others are calls, of two states each. */
  ddlShare?: number
  /** Over how many days until now they are spread, evenly. */
  days?: number
}

/** One in so many fails, of the calls. */
const failing = 25
/** One in so many texts is long, and kept apart. */
const long = 40

/**
 * Puts executions into a tracked database as recording would have: the rows' hashes are true, they lie in their
 * months, and the transactions that they name are the ones that wrote them. Nothing here is left to chance, so that
 * two fillings of one size are alike.
 */
export async function fill(client: pg.Client, { operations, ddlShare = 2 / 3, days = 365 }: Filling): Promise<void> {
  await client.query('set synchronous_commit = off; set timezone = utc')
  const { rows: owner } = await client.query<{ name: string }>(
    `select nspowner::regrole::text as name from pg_namespace where nspname = 'script_tracking'`,
  )
  await client.query(`set role ${owner[0]?.name}`)
  await client.query(
    `select script_tracking.make_months((date_trunc('month', now() - make_interval(days => $1)))::date, (now() + interval '1 month')::date)`,
    [days],
  )
  await client.query('reset role')
  const { rows: ends } = await client.query<{ end: string }>('select now()::text as end')
  const { rows: months } = await client.query<{ first: string; last: string }>(
    `select min(n)::text as first, max(n)::text as last
     from generate_series(1, $1::integer) as n, ${moment('$1', '$2', '$3')}
     group by date_trunc('month', at) order by min(n)`,
    [operations, days, ends[0]?.end],
  )
  const columns = await columnsOf(client)
  for (const { first, last } of months) {
    await client.query('begin')
    await client.query('create temp table filling (like script_tracking.ledger) on commit drop')
    await client.query('alter table filling alter row_hash drop not null')
    await client.query('create temp table filling_text (hash bytea, recorded_at timestamptz, body text) on commit drop')
    const parameters = [operations, days, ends[0]?.end, first, last, ddlShare]
    await client.query(ddlSql, parameters)
    await client.query(callsSql, parameters)
    await client.query(
      `insert into script_tracking.text select distinct on (hash) * from filling_text order by hash, recorded_at`,
    )
    await client.query(
      `insert into script_tracking.ledger (${columns.map((name) => quoteName(name)).join(', ')}, row_hash)
       select ${columns.map((name) => `f.${quoteName(name)}`).join(', ')},
         script_tracking.row_digest(row(${await rowOf(client, 'f')})::script_tracking.ledger)
       from filling f order by f.recorded_at, f.version_number`,
    )
    await client.query('commit')
  }
  await client.query('reset synchronous_commit; reset timezone')
}

async function columnsOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = 'script_tracking.ledger'::regclass and attnum > 0 and not attisdropped and attname <> 'row_hash' order by attnum`,
  )
  return rows.map(({ name }) => name)
}

/** The columns of a row of the ledger, all of them in their order, of an alias. */
async function rowOf(client: pg.Client, alias: string): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = 'script_tracking.ledger'::regclass and attnum > 0 and not attisdropped order by attnum`,
  )
  return rows.map(({ name }) => `${alias}.${quoteName(name)}`).join(', ')
}

/** As `at`, the nth of so many moments that are spread over the days until the end. */
function moment(operations: string, days: string, end: string): string {
  return `lateral (select ${end}::timestamptz - make_interval(secs => (${operations}::integer - n + 1) * (${days}::integer * 86400.0 / ${operations}::integer)) as at) m`
}

/** Parameters of both statements: operations, days, the end, the first and the last of them to make, the share of DDL. */
const source = `
  from generate_series($4::integer, $5::integer) as n
  cross join ${moment('$1', '$2', '$3')}
  cross join lateral (select
    ('app_' || (array['owner', 'deploy', 'reporting', 'billing', 'ops'])[1 + n % 5]) as login,
    (array['psql', 'pgAdmin 4 - DB:production', 'flyway', 'DBeaver 25.2 - Main', 'pgSteward'])[1 + n / 7 % 5] as application,
    ('10.0.' || n / 997 % 4 || '.' || n % 50)::inet as address,
    (array['orders', 'order_line', 'customer', 'customer_address', 'invoice', 'payment', 'shipment', 'stock_movement'])[1 + n / 11 % 8]
      || '_' || n / 8 % 1000 as relation) w`

const ddlSql = `
  with made as (
    select n, m.at, w.*, c.*,
      case when n % ${long} = 0
        then c.short || E'\\n-- ' || repeat('why this was done, at some length; ', 10 + n % 7)
        else c.short end as statement
    ${source}
    cross join lateral (select * from (values
      (0, 'CREATE TABLE', 'table', 'C', 'create table sales.' || w.relation || ' (id bigint primary key, name text not null, created_at timestamptz)'),
      (1, 'ALTER TABLE', 'table', 'M', 'alter table sales.' || w.relation || ' add column note text'),
      (2, 'CREATE INDEX', 'index', 'C', 'create index on sales.' || w.relation || ' (created_at)'),
      (3, 'COMMENT', 'table', 'M', 'comment on table sales.' || w.relation || ' is ''what was sold'''),
      (4, 'ALTER TABLE', 'table', 'M', 'alter table sales.' || w.relation || ' alter column note set default ''none'''),
      (5, 'DROP TABLE', 'table', 'D', 'drop table sales.' || w.relation)
    ) as k (kind, tag, type, action, short) where k.kind = n % 6) c
    where n % 1000 < $6::numeric * 1000
  ),
  kept as (
    insert into filling_text select sha256(convert_to(m.statement, 'UTF8')), m.at, m.statement
    from made m where octet_length(m.statement) > 200
  )
  insert into filling (version_number, xid, recorded_at, state_ordinal, client_port, backend_pid, source, status,
    object_action, object_class, object_id, session_user_name, application_name, client_ip,
    command_tag, object_type, object_schema, object_identity, content, content_hash)
  select (txid_current() << 21) + (m.n - $4::integer) * 2, txid_current(), m.at, 0, 30000 + m.n % 20000, 1000 + m.n % 3000, 'D', 'C',
    m.action::"char", 1259, 16384 + m.n % 500000, m.login, m.application, m.address,
    m.tag, m.type, 'sales', 'sales.' || m.relation || case m.type when 'index' then '_created_at_idx' else '' end,
    case when octet_length(m.statement) <= 200 then m.statement end,
    case when octet_length(m.statement) > 200 then sha256(convert_to(m.statement, 'UTF8')) end
  from made m`

const callsSql = `
  with made as (
    select n, m.at, w.*, encode(substr(sha256(int8send(n) || timestamptz_send(m.at)), 1, 16), 'hex')::uuid as operation,
      nextval('script_tracking.script_execution_version_seq') * 4 + 1 as number,
      (array['nightly load', 'refresh of reports', 'import of orders', 'vacuum of history'])[1 + n % 4] as script,
      (array['MANUAL', 'MAINTENANCE', 'MIGRATION', 'FUNCTION_CALL'])[1 + n / 3 % 4] as type
    ${source}
    where n % 1000 >= $6::numeric * 1000
  )
  insert into filling (version_number, xid, recorded_at, execution_timestamp, execution_duration_ms, operation, state_ordinal,
    client_port, backend_pid, source, status, session_user_name, application_name, client_ip,
    script_name, script_type, error_message, error_code, related_ticket)
  select m.number + s.ordinal * 2, txid_current(), m.at + s.ordinal * make_interval(secs => 0.001 * (m.n % 9000)),
    case when s.ordinal = 1 then m.at end, case when s.ordinal = 1 then m.n % 9000 end, m.operation, s.ordinal,
    30000 + m.n % 20000, 1000 + m.n % 3000, 'S',
    (case when s.ordinal = 0 then 'S' when m.n % ${failing} = 0 then 'F' else 'C' end)::"char",
    m.login, m.application, m.address, m.script, m.type,
    case when s.ordinal = 1 and m.n % ${failing} = 0 then 'deadlock detected' end,
    case when s.ordinal = 1 and m.n % ${failing} = 0 then '40P01' end,
    case when m.n % 4 = 0 then 'OPS-' || m.n % 5000 end
  from made m
  cross join (values (0), (1)) as s (ordinal)`
