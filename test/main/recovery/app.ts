import { type DoorProcess, startDoor } from '../../ground/door.ts'
import { enter } from '../door/transports.ts'
import { openWindow, type Window } from '../door/window.ts'

/** The program in a process of its own, with a window open. */
export interface App extends Window, DoorProcess {
  /** Where it answers: `http://127.0.0.1:40123`. */
  readonly origin: string
  readonly cookie: string
}

/** Starts a door that was built, on a folder that may hold what an earlier one has left. */
export async function startApp(entry: string, dataFolder: string): Promise<App> {
  const door = await startDoor(entry, dataFolder)
  const cookie = await enter(door.link)
  return { ...door, ...(await openWindow(door.link, cookie)), origin: new URL(door.link).origin, cookie }
}
