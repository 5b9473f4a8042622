/** One connection under a name: libpq's keywords with their values, a password perhaps among them. */
export interface Service {
  name: string
  keywords: Map<string, string>
}

/**
 * Reads the text of a `pg_service.conf`: `[name]`, then `keyword=value` lines, `#` before a comment. Of two services
 * of one name the first counts, as in libpq. Lines that are neither are passed over.
 */
export function readServices(text: string): Service[] {
  const services: Service[] = []
  let keywords: Map<string, string> | null = null
  for (const line of text.split(/\r?\n/)) {
    const trimmed = line.trim()
    const name = /^\[(.+)\]$/.exec(trimmed)?.[1]
    if (name !== undefined) {
      keywords = new Map()
      if (!services.some((service) => service.name === name)) services.push({ name, keywords })
      continue
    }
    const at = trimmed.indexOf('=')
    if (trimmed.startsWith('#') || at < 1 || keywords === null) continue
    const keyword = trimmed.slice(0, at).trim()
    if (!keywords.has(keyword)) keywords.set(keyword, trimmed.slice(at + 1).trim())
  }
  return services
}

/** libpq's variables of the environment, by the keyword that each stands for. */
export const environmentKeywords = {
  PGHOST: 'host',
  PGPORT: 'port',
  PGDATABASE: 'dbname',
  PGUSER: 'user',
  PGSSLMODE: 'sslmode',
  PGSSLROOTCERT: 'sslrootcert',
  PGSSLCERT: 'sslcert',
  PGSSLKEY: 'sslkey',
} as const
