import { homedir, platform } from 'node:os'
import { join } from 'node:path'

/** Where this user's data of the product lives, by the custom of the system. `PGSTEWARD_DATA` names another folder. */
export function defaultDataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment['PGSTEWARD_DATA']
  if (named !== undefined && named !== '') return named
  switch (platform()) {
    case 'win32':
      return join(environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'pgSteward')
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'pgSteward')
    default:
      return join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'pgsteward')
  }
}
