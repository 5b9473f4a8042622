import type { ActionLabel } from '../session/actions.ts'

const group = 'Logs'

/** What can be done in the tab of the logs. */
export const logActions = {
  refresh: { id: 'logs.refresh', title: 'Read the logs again', group },
  search: { id: 'logs.search', title: 'Search the lines of the logs', group, shortcut: 'mod+F' },
  all: { id: 'logs.all', title: 'Take the filters of the logs away', group },
  zoom: { id: 'logs.zoom', title: 'Show only the stretch of time that was chosen', group },
  export: {
    id: 'logs.export',
    title: 'Export what the logs show',
    group,
    keywords: ['save', 'download', 'csv', 'json'],
  },
  settings: {
    id: 'logs.settings',
    title: 'Settings that make logs useful',
    group,
    keywords: ['log_line_prefix', 'log_statement', 'log_min_duration_statement'],
  },
  timeline: { id: 'logs.timeline', title: 'Logs: timeline', group },
  statements: { id: 'logs.statements', title: 'Logs: statements', group, keywords: ['slow', 'frequent'] },
  errors: { id: 'logs.errors', title: 'Logs: errors', group, keywords: ['sqlstate'] },
  connections: { id: 'logs.connections', title: 'Logs: connections', group },
  locks: { id: 'logs.locks', title: 'Logs: locks', group, keywords: ['wait', 'deadlock'] },
  'temporary-files': { id: 'logs.temporaryFiles', title: 'Logs: temporary files', group },
  checkpoints: { id: 'logs.checkpoints', title: 'Logs: checkpoints', group },
  autovacuum: { id: 'logs.autovacuum', title: 'Logs: autovacuum', group, keywords: ['vacuum', 'analyze'] },
  files: { id: 'logs.files', title: 'Logs: imported files', group },
} as const satisfies Record<string, ActionLabel>

/** What can be done in the wizard. */
export const importActions = {
  choose: { id: 'logs.choose', title: 'Choose log files', group, shortcut: 'mod+O', keywords: ['open', 'import'] },
  folder: { id: 'logs.folder', title: 'Choose a folder of logs', group },
  server: {
    id: 'logs.server',
    title: 'Read the server’s own logs',
    group,
    keywords: ['pg_ls_logdir', 'pg_read_file'],
  },
  start: { id: 'logs.start', title: 'Import what is ready', group, shortcut: 'mod+Enter' },
  pause: { id: 'logs.pause', title: 'Pause the import, or go on', group },
  stop: { id: 'logs.stop', title: 'Stop the import', group },
  clear: { id: 'logs.clear', title: 'Clear the list of what is done', group },
} as const satisfies Record<string, ActionLabel>
