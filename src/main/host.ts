/**
 * What a door offers beside its wire. The desktop does it natively, the browser door keeps secrets in
 * memory alone, the command line is given paths.
 */
export interface Host {
  readonly door: 'desktop' | 'browser' | 'terminal'
  readonly secrets: Secrets
  /** The folder that holds the cache, logs and exports. */
  readonly dataFolder: string
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
