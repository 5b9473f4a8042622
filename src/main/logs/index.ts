export { addLogsCommands } from './command.ts'
export { createLogs, type Logs } from './service.ts'
