// docs/sql-reference.md, made of what `comment on` says in a database where the framework is installed.

/**
 * @typedef {{ query(sql: string): Promise<{ rows: Record<string, unknown>[] }> }} Queryable
 * @typedef {{ schema: string, name: string, kind: string, comment: string, readers: string | null, columns: { name: string, type: string, comment: string }[] }} Relation
 * @typedef {{ schema: string, name: string, arguments: string, result: string, kind: string, comment: string, callers: string | null }} Routine
 */

/** Who was granted something, as people say it: null where nobody was. */
const granteesSql = (/** @type {string} */ acl, /** @type {string} */ privilege, /** @type {string} */ owner) => `(
  select string_agg(distinct case a.grantee when 0 then 'everybody' else a.grantee::regrole::text end, ', ')
  from aclexplode(${acl}) a
  where a.privilege_type = '${privilege}' and a.grantee <> ${owner})`

const relationsSql = `
  select n.nspname as schema, c.relname as name,
    case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end as kind,
    coalesce(obj_description(c.oid, 'pg_class'), '') as comment,
    ${granteesSql('c.relacl', 'SELECT', 'c.relowner')} as readers,
    coalesce((
      select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'comment', coalesce(col_description(c.oid, a.attnum), '')) order by a.attnum)
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and c.relkind <> 'S'), '[]') as columns
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('script_tracking', 'project_schema')
    and c.relkind in ('r', 'p', 'v', 'm', 'S') and not c.relispartition
  order by n.nspname desc, c.relname`

const routinesSql = `
  select n.nspname as schema, p.proname as name, pg_get_function_arguments(p.oid) as arguments,
    coalesce(pg_get_function_result(p.oid), '') as result,
    case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end as kind,
    coalesce(obj_description(p.oid, 'pg_proc'), '') as comment,
    ${granteesSql("coalesce(p.proacl, acldefault('f', p.proowner))", 'EXECUTE', 'p.proowner')} as callers
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('script_tracking', 'project_schema')
    or n.nspname = 'public' and p.proname in ('track_operation', 'complete_operation')
  order by n.nspname desc, p.proname, 3`

const eventTriggersSql = `
  select evtname as name, evtevent as event, coalesce(obj_description(oid, 'pg_event_trigger'), '') as comment
  from pg_event_trigger order by 1`

const lead = `# SQL reference

What the framework installs, in the words of its own comments. This page is made by \`npm run docs\` from a database of
PostgreSQL 18 and is never edited by hand. What is granted to somebody comes first; what the framework keeps to itself is
under *Internals*: it may change with any release.
`

/**
 * @param {Queryable} client in a database with the framework, on PostgreSQL 18
 * @returns {Promise<string>} the page, the same for the same release wherever it is made
 */
export async function sqlReference(client) {
  await client.query('set search_path = pg_catalog')
  const relations = /** @type {Relation[]} */ ((await client.query(relationsSql)).rows)
  const routines = /** @type {Routine[]} */ ((await client.query(routinesSql)).rows)
  const eventTriggers = /** @type {{ name: string, event: string, comment: string }[]} */ (
    (await client.query(eventTriggersSql)).rows
  )
  await client.query('reset search_path')
  const schemas = ['script_tracking', 'project_schema', 'public']
  return [
    lead,
    ...schemas.flatMap((schema) => [
      ...section(
        `Calls of ${schema}`,
        routines.filter((each) => each.schema === schema && isForSomebody(each)).map(routineText),
      ),
      ...section(
        `Relations of ${schema}`,
        relations.filter((each) => each.schema === schema && each.readers !== null).map(relationText),
      ),
    ]),
    ...section(
      'Event triggers',
      eventTriggers.map(({ name, event, comment }) => `- \`${name}\` on \`${event}\`: ${oneLine(comment)}\n`),
    ),
    ...section('Internals: tables', relations.filter(({ readers }) => readers === null).map(relationText)),
    ...section(
      'Internals: functions',
      routines
        .filter((each) => !isForSomebody(each))
        .map((each) => `- \`${signature(each)}\`: ${oneLine(each.comment)}\n`),
    ),
  ].join('\n')
}

/** @param {Routine} routine */
function isForSomebody({ callers, result }) {
  return callers !== null && result !== 'trigger' && result !== 'event_trigger'
}

/**
 * @param {string} title
 * @param {string[]} texts
 * @returns {string[]}
 */
function section(title, texts) {
  return texts.length === 0
    ? []
    : [`## ${title}\n`, texts.every((text) => text.startsWith('- ')) ? texts.join('') : texts.join('\n')]
}

/** @param {Routine} routine */
function signature({ schema, name, arguments: parameters }) {
  return `${schema}.${name}(${parameters})`
}

/** @param {Routine} routine */
function routineText(routine) {
  const result = routine.result === '' ? '' : `\nreturns ${routine.result.replace(/^TABLE\(/, 'table (')}`
  return `### ${routine.name}

\`\`\`sql
${signature(routine)}${result}
\`\`\`

${oneLine(routine.comment)}.

Granted to ${routine.callers}.
`
}

/** @param {Relation} relation */
function relationText({ schema, name, kind, comment, readers, columns }) {
  const rows = columns.map((column) => `| \`${column.name}\` | ${cell(column.type)} | ${cell(column.comment)} |`)
  const table = columns.length === 0 ? '' : `\n| column | type | holds |\n|---|---|---|\n${rows.join('\n')}\n`
  return `### ${name}

${kind} \`${schema}.${name}\`: ${oneLine(comment)}.${readers === null ? '' : ` Read by ${readers}.`}
${table}`
}

/** @param {string} text */
function cell(text) {
  return oneLine(text).replaceAll('|', '\\|')
}

/** @param {string} text */
function oneLine(text) {
  return text.replaceAll(/\s+/g, ' ').replace(/\.$/, '')
}
