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
