const words: Readonly<Record<string, string>> = {
  MANUAL: 'Run by hand',
  AUTO_DDL: 'Automatic DDL',
  MIGRATION: 'Migration',
  MAINTENANCE: 'Maintenance',
  FUNCTION_CALL: 'Function call',
  QUERY: 'Query',
  LOG_IMPORT: 'From a log',
  EXPORT: 'Export',
  EDIT: 'Changed in the grid',
}

/** The framework's types that the filter offers; others are free text. */
export const knownTypes: readonly string[] = Object.keys(words)

export function typeText(type: string): string {
  return words[type] ?? type
}
