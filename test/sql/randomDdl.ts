import type pg from 'pg'
import { quoteName } from '../../src/core/quote.ts'
import { rowsOf } from './tracked.ts'

/** Chooses one of a list by the numbers that a step was drawn with; nothing of an empty list. */
type Pick = <T>(from: readonly T[]) => T | undefined

/** Names that are hard to quote, and few, so that they meet again. */
const names = [
  'a',
  'b',
  'Größe',
  'we"ird',
  "o'clock",
  'semi; -- colon',
  'new\nline',
  'select',
  'pg_temp.x',
  'x'.repeat(63),
  '日本',
] as const

interface Standing {
  schemas: string[]
  tables: string[]
  partitioned: string[]
  columns: { relation: string; name: string }[]
  views: string[]
  constraints: { relation: string; name: string }[]
  indexes: string[]
  triggers: { relation: string; name: string }[]
  policies: { relation: string; name: string }[]
  functions: string[]
  triggerFunctions: string[]
  enums: { name: string; labels: string[] }[]
  composites: string[]
  domains: string[]
  sequences: string[]
}

const ours = `n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'script_tracking', 'project_schema')`

/** What a command could be about: quoted and qualified names, ordered, so that the same numbers pick the same thing. */
async function standing(client: pg.Client): Promise<Standing> {
  const list = async <T>(sql: string): Promise<T[]> =>
    (await rowsOf(client, `select listed.value from (${sql}) listed order by listed.value::text collate "C"`)).map(
      ({ value }) => value as T,
    )
  const named = (kind: string) =>
    list<string>(
      `select format('%I.%I', n.nspname, c.relname) as value from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where ${ours} and c.relkind in (${kind})`,
    )
  const onTable = (catalog: string, name: string, relation: string, where: string) =>
    list<{ relation: string; name: string }>(
      `select json_build_object('relation', format('%I.%I', n.nspname, c.relname), 'name', quote_ident(x.${name})) as value
       from ${catalog} x join pg_class c on c.oid = x.${relation} join pg_namespace n on n.oid = c.relnamespace
       where ${ours} and c.relkind in ('r', 'p') and ${where}`,
    )
  const routines = (where: string) =>
    list<string>(
      `select (pg_identify_object('pg_proc'::regclass, p.oid, 0)).identity as value from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       where ${ours} and p.prosrc !~ 'script_tracking' and ${where}`,
    )
  const types = (kind: string) =>
    list<string>(
      `select format('%I.%I', n.nspname, t.typname) as value from pg_type t join pg_namespace n on n.oid = t.typnamespace
       left join pg_class c on c.oid = t.typrelid
       where ${ours} and t.typtype = '${kind}' and coalesce(c.relkind, 'c') = 'c'`,
    )
  return {
    schemas: await list(`select quote_ident(n.nspname) as value from pg_namespace n where ${ours}`),
    tables: await named(`'r', 'p'`),
    partitioned: await named(`'p'`),
    columns: await onTable('pg_attribute', 'attname', 'attrelid', 'x.attnum > 0 and not x.attisdropped'),
    views: await named(`'v'`),
    constraints: await onTable('pg_constraint', 'conname', 'conrelid', `x.contype in ('c', 'u', 'f', 'p')`),
    indexes: await named(`'i', 'I'`),
    triggers: await onTable('pg_trigger', 'tgname', 'tgrelid', 'not x.tgisinternal'),
    policies: await onTable('pg_policy', 'polname', 'polrelid', 'true'),
    functions: await routines(`p.prokind = 'f' and p.prorettype <> 'trigger'::regtype`),
    triggerFunctions: await routines(`p.prorettype = 'trigger'::regtype`),
    enums: await list(
      `select json_build_object('name', format('%I.%I', n.nspname, t.typname), 'labels',
         (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)) as value
       from pg_type t join pg_namespace n on n.oid = t.typnamespace
       where ${ours} and t.typtype = 'e'`,
    ),
    composites: await types('c'),
    domains: await types('d'),
    sequences: await named(`'S'`),
  }
}

/** One drawn command: which kind, the numbers that choose its objects, and how it is sent. */
export interface Step {
  kind: number
  numbers: readonly number[]
  /** 0: as it is; 1: in a block of PL/pgSQL with a savepoint. */
  wrapping: number
}

type Kind = (s: Standing, pick: Pick, roles: readonly [string, string]) => string | undefined

/** An SQL text, or undefined where a part of it could not be chosen. */
function sql(strings: TemplateStringsArray, ...values: (string | undefined)[]): string | undefined {
  if (values.some((value) => value === undefined)) return undefined
  return strings.reduce((text, string, index) => text + string + (values[index] ?? ''), '')
}

const quoteLiteral = (text: string) => `'${text.replaceAll("'", "''")}'`
const fresh = (pick: Pick) => quoteName(pick(names) ?? 'a')
const inSchema = (s: Standing, pick: Pick) => sql`${pick(s.schemas)}.${fresh(pick)}`
const tableColumn = (s: Standing, pick: Pick) => pick(s.columns)

const kinds: Kind[] = [
  (s, pick) =>
    sql`create table ${inSchema(s, pick)} (id int primary key, ${fresh(pick)} text default 'x', c int check (c > 0))`,
  (s, pick) =>
    sql`create table ${inSchema(s, pick)} (k serial, v timestamptz default '2020-01-01', w numeric(8,2) not null)`,
  (s, pick) => sql`create table ${inSchema(s, pick)} (like ${pick(s.tables)} including all)`,
  (s, pick) => sql`create table ${inSchema(s, pick)} as select * from ${pick(s.tables)}`,
  (s, pick) => sql`create table ${inSchema(s, pick)} (k int not null, v text) partition by range (k)`,
  (s, pick) =>
    sql`create table ${inSchema(s, pick)} partition of ${pick(s.partitioned)} for values from (${pick(['1', '11', '21'])}) to (${pick(['11', '21', '31'])})`,
  (s, pick) => sql`alter table ${pick(s.partitioned)} detach partition ${pick(s.tables)}`,
  (s, pick) => sql`alter table ${pick(s.partitioned)} attach partition ${pick(s.tables)} for values from (31) to (41)`,
  (s, pick) => sql`alter table ${pick(s.tables)} inherit ${pick(s.tables)}`,
  (s, pick) =>
    sql`alter table ${pick(s.tables)} add column ${fresh(pick)} ${pick(['int', 'text', 'date default now()', 'int generated always as identity', 'int generated always as (1) stored', 'varchar(7) collate "C"'])}`,
  (s, pick) => sql`alter table ${pick(s.tables)} add column ${fresh(pick)} ${pick(s.enums)?.name}`,
  (s, pick) => sql`alter table ${pick(s.tables)} add column ${fresh(pick)} ${pick(s.composites)}`,
  (s, pick) => sql`alter table ${pick(s.tables)} add column ${fresh(pick)} ${pick(s.domains)}`,
  ...[
    'drop column NAME cascade',
    'alter column NAME set not null',
    'alter column NAME drop not null',
    'alter column NAME set default null',
    'alter column NAME drop default',
    'alter column NAME set statistics 7',
    'alter column NAME type text',
    'alter column NAME type varchar(20)',
    'add unique (NAME)',
    'add check (NAME is not null)',
  ].map(
    (change): Kind =>
      (s, pick) => {
        const column = tableColumn(s, pick)
        return column && `alter table ${column.relation} ${change.replace('NAME', column.name)}`
      },
  ),
  (s, pick) => {
    const column = tableColumn(s, pick)
    return column && `alter table ${column.relation} rename column ${column.name} to ${fresh(pick)}`
  },
  (s, pick) => sql`alter table ${pick(s.tables)} rename to ${fresh(pick)}`,
  (s, pick) => sql`alter table ${pick(s.tables)} set schema ${pick(s.schemas)}`,
  (s, pick, roles) => sql`alter table ${pick(s.tables)} owner to ${pick(roles)}`,
  (s, pick) =>
    sql`alter table ${pick(s.tables)} ${pick(['enable row level security', 'force row level security', 'set (fillfactor = 70)', 'replica identity full', 'set unlogged'])}`,
  (s, pick) => {
    const key = pick(s.columns.filter(({ name }) => name === 'id'))
    return key && sql`alter table ${pick(s.tables)} add foreign key (c) references ${key.relation} (id)`
  },
  (s, pick) => {
    const constraint = pick(s.constraints)
    return (
      constraint &&
      `alter table ${constraint.relation} ${pick([`rename constraint ${constraint.name} to ${fresh(pick)}`, `drop constraint ${constraint.name} cascade`])}`
    )
  },
  (s, pick) => {
    const constraint = pick(s.constraints)
    return constraint && `comment on constraint ${constraint.name} on ${constraint.relation} is 'it''s so'`
  },
  (s, pick) =>
    sql`comment on ${pick(['table', 'view', 'index', 'sequence'])} ${pick([...s.tables, ...s.views, ...s.indexes, ...s.sequences])} is ${pick([`'one'`, `'"two"'`, 'null'])}`,
  (s, pick) => {
    const column = tableColumn(s, pick)
    return column && `comment on column ${column.relation}.${column.name} is ${pick([`'a column'`, 'null'])}`
  },
  (s, pick) =>
    sql`comment on ${pick(['schema', 'type', 'domain', 'function'])} ${pick([...s.schemas, ...s.enums.map(({ name }) => name), ...s.domains, ...s.functions])} is 'said'`,
  (s, pick) => {
    const column = tableColumn(s, pick)
    return (
      column &&
      `create ${pick(['unique index', 'index'])} ${pick(['', 'concurrently '])}${fresh(pick)} on ${column.relation} (${column.name})`
    )
  },
  (s, pick) => sql`alter index ${pick(s.indexes)} ${pick([`rename to ${fresh(pick)}`, 'set (fillfactor = 60)'])}`,
  (s, pick) => sql`drop index ${pick(s.indexes)} cascade`,
  (s, pick) => sql`create view ${inSchema(s, pick)} as select * from ${pick([...s.tables, ...s.views])}`,
  (s, pick) => sql`create materialized view ${inSchema(s, pick)} as select * from ${pick(s.tables)} with no data`,
  (s, pick) => sql`alter view ${pick(s.views)} ${pick([`rename to ${fresh(pick)}`, 'set (security_barrier)'])}`,
  (s, pick) => sql`drop view ${pick(s.views)} cascade`,
  (s, pick) => sql`drop table ${pick(s.tables)} cascade`,
  (s, pick) =>
    sql`create or replace function ${inSchema(s, pick)}(a int default 3, b text default 'x') returns int ${pick(['immutable', 'security definer', 'strict', 'cost 7'])} language sql as 'select 1'`,
  (s, pick) =>
    sql`create function ${inSchema(s, pick)}(${pick(s.tables)}) returns ${pick(s.tables)} language sql as 'select $1'`,
  (s, pick) =>
    sql`create function ${inSchema(s, pick)}(x ${pick(s.enums)?.name}) returns text language sql as 'select $1::text'`,
  (s, pick) =>
    sql`create or replace function ${inSchema(s, pick)}() returns trigger language plpgsql as 'begin return new; end'`,
  (s, pick) =>
    sql`alter function ${pick([...s.functions, ...s.triggerFunctions])} ${pick([`rename to ${fresh(pick)}`, 'set work_mem = 64', 'parallel safe'])}`,
  (s, pick) => sql`alter function ${pick([...s.functions, ...s.triggerFunctions])} set schema ${pick(s.schemas)}`,
  (s, pick) => sql`drop function ${pick([...s.functions, ...s.triggerFunctions])} cascade`,
  (s, pick) => {
    const function_ = pick(s.triggerFunctions)
    return sql`create trigger ${fresh(pick)} before insert on ${pick(s.tables)} for each row execute function ${function_}`
  },
  (s, pick) => {
    const trigger = pick(s.triggers)
    return (
      trigger &&
      `${pick([`drop trigger ${trigger.name} on ${trigger.relation}`, `alter trigger ${trigger.name} on ${trigger.relation} rename to ${fresh(pick)}`, `alter table ${trigger.relation} disable trigger ${trigger.name}`])}`
    )
  },
  (s, pick, roles) =>
    sql`create policy ${fresh(pick)} on ${pick(s.tables)} to ${pick([...roles, 'public'])} using (current_user = ${pick([`'x'`, `'y'`])})`,
  (s, pick) => {
    const policy = pick(s.policies)
    return (
      policy &&
      `${pick([`drop policy ${policy.name} on ${policy.relation}`, `alter policy ${policy.name} on ${policy.relation} using (false)`])}`
    )
  },
  (s, pick) => sql`create type ${inSchema(s, pick)} as enum ('x', 'y')`,
  (s, pick) => sql`create type ${inSchema(s, pick)} as (p int, q text)`,
  (s, pick) => sql`create type ${inSchema(s, pick)} as range (subtype = int)`,
  (s, pick) => sql`create domain ${inSchema(s, pick)} as int default 2 check (value > 0)`,
  (s, pick) => {
    const enumeration = pick(s.enums)
    return (
      enumeration &&
      `alter type ${enumeration.name} ${pick([`add value ${quoteLiteral(pick(names) ?? '')}`, `rename value ${quoteLiteral(pick(enumeration.labels) ?? '')} to ${quoteLiteral(pick(names) ?? '')}`, `rename to ${fresh(pick)}`])}`
    )
  },
  (s, pick) =>
    sql`alter type ${pick(s.composites)} ${pick(['add attribute r date', 'drop attribute if exists q', `rename to ${fresh(pick)}`, `rename attribute p to ${fresh(pick)}`])} ${pick(['', 'cascade'])}`,
  (s, pick) =>
    sql`alter domain ${pick(s.domains)} ${pick(['set default 3', 'set not null', 'drop not null', 'add constraint more check (value < 100)', `rename to ${fresh(pick)}`])}`,
  (s, pick) => sql`drop type ${pick([...s.enums.map(({ name }) => name), ...s.composites, ...s.domains])} cascade`,
  (_, pick) => `create schema ${fresh(pick)}`,
  (s, pick) => sql`alter schema ${pick(s.schemas)} rename to ${fresh(pick)}`,
  (s, pick) => sql`drop schema ${pick(s.schemas.filter((name) => name !== 'public'))} cascade`,
  (s, pick) => sql`create sequence ${inSchema(s, pick)} increment 2`,
  (s, pick) => sql`alter sequence ${pick(s.sequences)} ${pick(['increment 3', 'cycle', 'owned by none', 'cache 5'])}`,
  (s, pick) => {
    const column = tableColumn(s, pick)
    return column && sql`alter sequence ${pick(s.sequences)} owned by ${`${column.relation}.${column.name}`}`
  },
  (s, pick, roles) =>
    sql`${pick(['grant', 'grant'])} ${pick(['select', 'insert, update', 'all'])} on ${pick([...s.tables, ...s.views])} to ${pick([...roles, 'public'])} ${pick(['', ''])}`,
  (s, pick, roles) => sql`grant select on ${pick(s.tables)} to ${pick(roles)} with grant option`,
  (s, pick, roles) =>
    sql`revoke ${pick(['select', 'all'])} on ${pick([...s.tables, ...s.views])} from ${pick([...roles, 'postgres'])} cascade`,
  (s, pick, roles) => {
    const column = tableColumn(s, pick)
    return column && `grant update (${column.name}) on ${column.relation} to ${pick(roles)}`
  },
  (s, pick, roles) => sql`grant ${pick(['usage', 'create'])} on schema ${pick(s.schemas)} to ${pick(roles)}`,
  (s, pick, roles) =>
    sql`${pick(['grant execute on function', 'revoke execute on function'])} ${pick(s.functions)} ${pick(['to', 'from'])} ${pick([...roles, 'public'])}`,
  (s, pick, roles) =>
    sql`alter default privileges ${pick(['', `in schema ${pick(s.schemas) ?? 'public'}`])} ${pick(['grant select on tables to', 'revoke execute on functions from', 'grant usage on sequences to'])} ${pick([...roles, 'public'])}`,
  (_, pick, roles) => `drop owned by ${pick(roles)} cascade`,
  (s, pick) => sql`create rule ${fresh(pick)} as on delete to ${pick(s.tables)} do instead nothing`,
  (s, pick) => {
    const column = tableColumn(s, pick)
    const other = tableColumn({ ...s, columns: s.columns.filter((each) => each.relation === column?.relation) }, pick)
    return (
      column && other && `create statistics ${fresh(pick)} on ${column.name}, ${other.name} from ${column.relation}`
    )
  },
]

export const kindsOfDdl = kinds.length

/** The command that a step means in a database as it stands; null where there is nothing that it could be about. */
export async function commandOf(
  client: pg.Client,
  step: Step,
  roles: readonly [string, string],
): Promise<string | null> {
  let next = 0
  const pick: Pick = (from) => {
    const number = step.numbers[next++ % step.numbers.length] ?? 0
    return from[number % from.length]
  }
  const text = kinds[step.kind % kinds.length]?.(await standing(client), pick, roles)
  if (text === undefined) return null
  if (step.wrapping === 0 || /concurrently|undefined/.test(text)) return text
  return `do $wrapped$ begin begin execute ${quoteLiteral(text)}; exception when division_by_zero then null; end; end $wrapped$`
}
