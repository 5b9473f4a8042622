/** A record of csvlog as PostgreSQL 14 and later write it. */
export function csv(
  message: string,
  { severity = 'LOG', state = '00000', query = '', columns = 26, pid = 7 } = {},
): string {
  const quoted = (text: string): string => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`)
  const fields = [
    '2026-11-21 10:00:00.123 UTC',
    '"ann"',
    '"shop"',
    String(pid),
    '"127.0.0.1:5000"',
    `65a1b2c3.${pid}`,
    '1',
    '"SELECT"',
    '2026-11-21 09:59:00 UTC',
    '3/17',
    '0',
    severity,
    state,
    quoted(message),
    '',
    '',
    '',
    '',
    '',
    quoted(query),
    '',
    '',
    '"psql"',
    '"client backend"',
    '',
    '-42',
  ]
  return `${fields.slice(0, columns).join(',')}\n`
}
