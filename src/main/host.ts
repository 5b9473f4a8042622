/**
 * What a door offers beside its wire. The desktop does it natively, the browser door keeps secrets in
 * memory alone and lets files be downloaded, the command line is given paths.
 */
export interface Host {
  readonly door: 'desktop' | 'browser' | 'terminal'
  readonly secrets: Secrets
  /** The folder that holds the cache, logs and exports. */
  readonly dataFolder: string
  /** Where a file goes that is to be saved; null when the person thought better of it. */
  saveFile(request: SaveRequest): Promise<SaveTarget | null>
  /** Has the window send a file that it holds; absent where there is no window. */
  readonly receiveFile?: (signal: AbortSignal) => Receiving
  /** Asks a person for files of this machine, and says their paths; null when they thought better of it. The desktop's alone. */
  readonly pickFiles?: (title: string) => Promise<string[] | null>
  /** Whether who calls may name paths: the command line alone. */
  readonly takesPaths?: boolean
}

/** A file that is about to be sent. */
export interface Receiving {
  /** Where to: the window sends it there by one POST. */
  readonly url: string
  /** Its bytes, once they come. Destroying the stream ends the sending. */
  readonly body: Promise<AsyncIterable<Uint8Array>>
}

export interface SaveRequest {
  /** The name that is offered, without folder. */
  fileName: string
  mediaType: string
  /** What kind of file it is, for the dialog: `CSV`, `csv`. */
  kind: { name: string; extension: string }
  /** The whole path, which the command line alone may name. */
  path: string | undefined
}

/** A place that was chosen for a file, and in which nothing has been written yet. */
export interface SaveTarget {
  /** For the record: the whole path, or the name alone where the browser chooses the folder. */
  readonly file: string
  /** Where the browser has to fetch it, once; null where this program writes it itself. */
  readonly url: string | null
  /** @throws Failure when it cannot be written there, or nobody fetches it */
  open(signal: AbortSignal): Promise<Sink>
}

/** A file that is being written. Ends with either `commit` or `abort`. */
export interface Sink {
  /** Comes back when there is room for more; the bytes may be used again then. */
  write(bytes: Uint8Array): Promise<void>
  /** All is written: now it stands under its name. */
  commit(): Promise<void>
  /** Nothing of it stays. Never throws. */
  abort(): Promise<void>
}

/** Passwords by connection id. */
export interface Secrets {
  readonly kind: 'keychain' | 'memory'
  keep(id: string, secret: string): void
  read(id: string): string | null
  forget(id: string): void
}

/** Secrets that are gone when the process ends. */
export function memorySecrets(): Secrets {
  const kept = new Map<string, string>()
  return {
    kind: 'memory',
    keep: (id, secret) => void kept.set(id, secret),
    read: (id) => kept.get(id) ?? null,
    forget: (id) => void kept.delete(id),
  }
}
