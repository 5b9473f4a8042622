export { addLogsCommands } from './command.ts'
