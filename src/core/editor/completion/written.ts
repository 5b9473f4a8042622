import { quoteName } from '../../quote.ts'

/** Words that PostgreSQL 12 to 18 does not take as the name of a column or a relation without quotes. */
const reserved = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation ' +
    'column concurrently constraint create cross current_catalog current_date current_role current_schema current_time ' +
    'current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze ' +
    'from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like ' +
    'limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary ' +
    'references returning right select session_user similar some symmetric system_user table tablesample then to ' +
    'trailing true union unique user using variadic verbose when where window with'
  ).split(' '),
)

/** Names of functions and types that are words of the grammar before a parenthesis, or behind which one reads on. */
const awkward = new Set(
  (
    'between bigint bit boolean char character coalesce dec decimal exists extract float greatest grouping inout int ' +
    'integer interval json_array json_object least merge_action national nchar none normalize nullif numeric out ' +
    'overlay position precision real row setof smallint substring time timestamp treat trim values varchar xmlattributes'
  ).split(' '),
)

/** A name as it has to be written: in quotes only where it would not be read as it is. */
export function written(name: string, always = false): string {
  const plain = /^[a-z_][a-z0-9_$]*$/.test(name) && !reserved.has(name) && !awkward.has(name)
  if (name === '' || name.includes('\0')) return '""'
  return plain && !always ? name : quoteName(name)
}
