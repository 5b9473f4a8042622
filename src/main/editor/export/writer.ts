import type { Column, Row } from '../../../core/editor/contract.ts'
import type { Encoder } from '../../../core/editor/encode/encoder.ts'
import type { WriteBytes } from '../../writeWhole.ts'

/** Rows of a result, in pages. */
export interface RowSource {
  columns: readonly Column[]
  pages: AsyncIterable<readonly Row[]>
}

/**
 * Writes one format. What it cannot hold as the database does is a sentence among the remarks that it returns; what
 * it cannot hold at all is a Failure.
 */
export type FormatWriter = (source: RowSource, write: WriteBytes) => Promise<string[]>

/** Any format that is text: UTF-8. */
export function textWriter(make: (columns: readonly Column[]) => Encoder): FormatWriter {
  return async ({ columns, pages }, write) => {
    const encoder = make(columns)
    await write(Buffer.from(encoder.head()))
    for await (const rows of pages) await write(Buffer.from(encoder.rows(rows)))
    await write(Buffer.from(encoder.tail()))
    return []
  }
}
