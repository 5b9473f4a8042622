/**
 * What every host of JavaScript has, and the language's own library leaves out. The core sees these
 * and nothing more of the browser or of Node.
 */
interface AbortSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
  throwIfAborted(): void
}

interface AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}

declare const AbortController: { new (): AbortController }

declare function queueMicrotask(task: () => void): void

declare const TextDecoder: {
  new (
    encoding?: 'utf-8',
    options?: { fatal?: boolean; ignoreBOM?: boolean },
  ): {
    /** @throws TypeError where `fatal` is set and the bytes are no text */
    decode(bytes: Uint8Array): string
  }
}

declare const TextEncoder: {
  new (): {
    encode(text: string): Uint8Array
    /** @returns characters that were read, and bytes that were written */
    encodeInto(text: string, bytes: Uint8Array): { read: number; written: number }
  }
}
