import type { Candidate, CandidateKind } from '../../../core/editor/completion/candidate.ts'
import { type KnownFrom, mostContext } from '../../../core/editor/language.ts'
import { monaco, sqlLanguage } from '../../ui/monaco.ts'
import { shownParts } from '../../ui/shown.ts'
import type { Language } from './store.ts'

/** Which tab answers for a text. Monaco knows providers of a language, not of an editor. */
const languages = new WeakMap<monaco.editor.ITextModel, Language>()

/** Lets the editor ask about this text, for as long as it lives. */
export function answerFor(model: monaco.editor.ITextModel, language: Language): void {
  languages.set(model, language)
}

/** A part of the text around a place, that can be read by itself. */
interface Context {
  readonly sql: string
  readonly offset: number
  /** Where the part begins in the text. */
  readonly base: number
}

/** Of a long text, what stands around the cursor, from behind a semicolon at a line's end. */
function contextAt(model: monaco.editor.ITextModel, position: monaco.IPosition): Context {
  const offset = model.getOffsetAt(position)
  if (model.getValueLength() <= mostContext) return { sql: model.getValue(), offset, base: 0 }
  const start = Math.max(0, offset - mostContext / 2)
  const end = offset + mostContext / 4
  const range = monaco.Range.fromPositions(model.getPositionAt(start), model.getPositionAt(end))
  const sql = model.getValueInRange(range)
  const ends = /;[ \t\r]*\n/.exec(sql)
  const skip = ends !== null && ends.index + ends[0].length <= offset - start ? ends.index + ends[0].length : 0
  return { sql: sql.slice(skip), offset: offset - start - skip, base: start + skip }
}

async function ask<T>(
  model: monaco.editor.ITextModel,
  position: monaco.IPosition,
  token: monaco.CancellationToken,
  question: (language: Language, context: Context, signal: AbortSignal) => Promise<T | null>,
): Promise<{ answer: T; context: Context } | null> {
  const language = languages.get(model)
  if (language === undefined) return null
  const controller = new AbortController()
  const listening = token.onCancellationRequested(() => controller.abort())
  try {
    const context = contextAt(model, position)
    const answer = await question(language, context, controller.signal)
    return answer === null || token.isCancellationRequested ? null : { answer, context }
  } finally {
    listening.dispose()
  }
}

/** Behind these, a space asks what may follow; behind others one goes on typing. */
const asking =
  /\b(?:from|join|on|into|update|table|where|select|by|and|or|set|using|having|returning|call|view|references|with|as materialized|truncate|=)\s$/i

const { CompletionItemKind: icons } = monaco.languages

const iconOf: Readonly<Record<CandidateKind, monaco.languages.CompletionItemKind>> = {
  column: icons.Field,
  source: icons.Variable,
  cte: icons.Struct,
  schema: icons.Module,
  function: icons.Function,
  procedure: icons.Method,
  type: icons.TypeParameter,
  label: icons.EnumMember,
  join: icons.Reference,
  keyword: icons.Keyword,
  snippet: icons.Snippet,
  table: icons.Class,
  'partitioned table': icons.Class,
  view: icons.Interface,
  'materialized view': icons.Interface,
  'foreign table': icons.Class,
  sequence: icons.Value,
}

monaco.languages.registerCompletionItemProvider(sqlLanguage, {
  triggerCharacters: ['.', ' ', '(', "'", '"', ':'],
  provideCompletionItems: async (model, position, { triggerCharacter }, token) => {
    if (triggerCharacter === ' ' && !asking.test(lineBefore(model, position))) return { suggestions: [] }
    const asked = await ask(model, position, token, (language, { sql, offset }, signal) =>
      language.complete(sql, offset, signal),
    )
    if (asked === null) return { suggestions: [] }
    const { items, from, to, source } = asked.answer
    const start = model.getPositionAt(from + asked.context.base)
    const behind = model.getPositionAt(to + asked.context.base)
    // A quote that is closed lines below was meant for something else.
    const end = behind.lineNumber === position.lineNumber ? behind : position
    const insert = monaco.Range.fromPositions(start, position)
    const replace = monaco.Range.fromPositions(start, end)
    // All fit equally well to Monaco: their order is ours.
    const typed = model.getValueInRange(insert)
    // What stands in quotes comes with both of them.
    const range = /^(?:[ebxn]?'|")/i.test(typed) ? replace : { insert, replace }
    return {
      incomplete: true,
      suggestions: items.map((item, index) => ({
        ...suggestion(item, index, source),
        range,
        filterText: typed || item.label,
      })),
    }
  },
})

function lineBefore(model: monaco.editor.ITextModel, { lineNumber, column }: monaco.IPosition): string {
  return model.getValueInRange(new monaco.Range(lineNumber, 1, lineNumber, column))
}

function suggestion(
  item: Candidate,
  index: number,
  source: KnownFrom | null,
): Omit<monaco.languages.CompletionItem, 'range'> {
  const { label, kind, insert, snippet, detail, origin, comment, goesOn } = item
  const notes = [comment, kind === 'keyword' || kind === 'snippet' ? undefined : copyNote(source)]
  const documentation = notes
    .filter((note) => note !== undefined)
    .map(shown)
    .join('\n\n')
  return {
    label: {
      label: shown(label),
      ...(detail === undefined ? {} : { detail: ` ${shown(detail)}` }),
      ...(origin === undefined ? {} : { description: shown(origin) }),
    },
    kind: iconOf[kind],
    insertText: insert,
    sortText: String(index).padStart(4, '0'),
    ...(documentation === '' ? {} : { documentation }),
    ...(snippet ? { insertTextRules: monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet } : {}),
    ...(goesOn === undefined
      ? {}
      : {
          command: {
            id: goesOn === 'name' ? 'editor.action.triggerSuggest' : 'editor.action.triggerParameterHints',
            title: '',
          },
        }),
  }
}

/** What a name means was read some time ago. */
function copyNote(source: KnownFrom | null): string | undefined {
  if (source === null || source.live) return undefined
  return `From the copy of ${new Date(source.readAt).toLocaleString()}: the server cannot be asked now.`
}

/** With signs for what would not be seen. */
function shown(text: string): string {
  return shownParts(text, { lines: 'kept' })
    .map((part) => part.text)
    .join('')
}

monaco.languages.registerHoverProvider(sqlLanguage, {
  provideHover: async (model, position, token) => {
    const asked = await ask(model, position, token, (language, { sql, offset }, signal) =>
      language.hover(sql, offset, signal),
    )
    if (asked === null || asked.answer.found === null) return null
    const { found, source } = asked.answer
    const { base } = asked.context
    const note = copyNote(source)
    const lines = [...found.lines, ...(note === undefined ? [] : [note])]
    return {
      range: monaco.Range.fromPositions(model.getPositionAt(found.from + base), model.getPositionAt(found.to + base)),
      contents: [{ value: fenced(shown(found.code)) }, ...lines.map((line) => ({ value: plain(shown(line)) }))],
    }
  },
})

/** Code as Markdown, whatever it holds. */
function fenced(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${sqlLanguage}\n${code}\n${fence}`
}

/** Text as Markdown that means nothing but itself. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()#+\-.!|<>~&:]/g, '\\$&').replaceAll('\n', '  \n')
}

monaco.languages.registerSignatureHelpProvider(sqlLanguage, {
  signatureHelpTriggerCharacters: ['(', ','],
  signatureHelpRetriggerCharacters: [')'],
  provideSignatureHelp: async (model, position, token) => {
    const asked = await ask(model, position, token, (language, { sql, offset }, signal) =>
      language.signature(sql, offset, signal),
    )
    if (asked === null) return null
    const { signatures, active, parameter } = asked.answer
    return {
      value: {
        signatures: signatures.map(({ label, parameters, comment }) => ({
          label: shown(label),
          parameters: parameters.map((each) => ({ label: shown(each) })),
          ...(comment === null ? {} : { documentation: shown(comment) }),
        })),
        activeSignature: active,
        activeParameter: parameter,
      },
      dispose: () => undefined,
    }
  },
})
