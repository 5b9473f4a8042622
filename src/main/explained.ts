import type { Cache } from './cache/open.ts'

/** The same services, whose errors say what to do where they come of a damaged cache. */
export function explained<Services extends object>(cache: Pick<Cache, 'explain'>, services: Services): Services {
  return new Proxy(services, {
    get: (all, slice) => {
      const calls: unknown = Reflect.get(all, slice)
      return typeof calls === 'object' && calls !== null ? explainedSlice(cache, calls) : calls
    },
  })
}

function explainedSlice(cache: Pick<Cache, 'explain'>, calls: object): object {
  return new Proxy(calls, {
    get: (all, name) => {
      const call: unknown = Reflect.get(all, name)
      if (typeof call !== 'function') return call
      return async (...args: unknown[]) => {
        try {
          return await Reflect.apply(call, all, args)
        } catch (thrown) {
          throw cache.explain(thrown)
        }
      }
    },
  })
}
