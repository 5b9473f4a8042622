import type { Model } from './model.ts'

/** The model as one JSON document, an object a line: `modelShape` reads it back, and a comparison by lines tells much. */
export function* jsonOf(model: Model): Generator<string> {
  let isFirst = true
  for (const [name, value] of Object.entries(model)) {
    yield `${isFirst ? '{' : ','}\n  ${JSON.stringify(name)}: `
    isFirst = false
    if (!Array.isArray(value) || value.length === 0) {
      yield JSON.stringify(value)
      continue
    }
    for (const [index, each] of value.entries()) yield `${index === 0 ? '[' : ','}\n    ${JSON.stringify(each)}`
    yield '\n  ]'
  }
  yield '\n}\n'
}
