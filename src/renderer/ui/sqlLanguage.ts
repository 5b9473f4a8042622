import { languages } from 'monaco-editor/editor'
import { conf, language } from 'monaco-editor/languages/definitions/pgsql/pgsql'

/** The words that begin or carry a statement and that PostgreSQL does not reserve, so that the package has them not. */
const commandWords =
  'abort add alter attach before begin by call cascade checkpoint close cluster comment commit copy cube cycle ' +
  'database deallocate declare delete detach discard domain drop each enable disable event execute exists explain ' +
  'extension filter following for function generated grouping identity if immutable import index inherits insert ' +
  'instead join key language listen lock materialized merge move notify nothing of over owner partition policy ' +
  'preceding prepare procedure publication range reassign recursive refresh reindex release rename replace reset ' +
  'restrict return returns revoke role rollback rollup row rows rule savepoint schema security sequence set sets show ' +
  'start statement stored subscription temp temporary transaction trigger truncate unlisten unlogged update vacuum ' +
  'values view volatile within without work'

export const sqlLanguage = 'pgsql'

languages.register({ id: sqlLanguage })
languages.setLanguageConfiguration(sqlLanguage, conf)
languages.setMonarchTokensProvider(sqlLanguage, {
  ...language,
  keywords: [...language.keywords, ...commandWords.toUpperCase().split(' ')],
  // AND, IN and JOIN are words like the others.
  operators: [],
  tokenizer: {
    ...language.tokenizer,
    // PostgreSQL's comments nest.
    comment: [
      [/[^*/]+/, 'comment'],
      [/\/\*/, { token: 'comment.quote', next: '@push' }],
      [/\*\//, { token: 'comment.quote', next: '@pop' }],
      [/./, 'comment'],
    ],
  },
})
