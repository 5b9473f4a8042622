import type { FileFacts } from '../exportFile.ts'
import { dbmlOf } from './dbml.ts'
import type { ModelFormat } from './format.ts'
import { jsonOf } from './json.ts'
import { mermaidOf } from './mermaid.ts'
import type { Model } from './model.ts'
import { sqlOf } from './sql.ts'

/** How a model is written, part by part, and what its file is. */
export const writers: Readonly<Record<ModelFormat, FileFacts & { write(model: Model): Iterable<string> }>> = {
  sql: { extension: 'sql', mediaType: 'application/sql; charset=utf-8', name: 'SQL script', write: sqlOf },
  dbml: { extension: 'dbml', mediaType: 'text/plain; charset=utf-8', name: 'DBML', write: dbmlOf },
  mermaid: { extension: 'mmd', mediaType: 'text/plain; charset=utf-8', name: 'Mermaid', write: mermaidOf },
  json: { extension: 'json', mediaType: 'application/json; charset=utf-8', name: 'JSON', write: jsonOf },
}
