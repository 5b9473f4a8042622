import type pg from 'pg'
import { z } from 'zod'

const description = z.object({ dataTypeIDs: z.array(z.number()) })

/**
 * Has the server read a statement, and say of which types its parameters are, without running it. Submit it with
 * `client.query(describe)`; not in a transaction, which an error would end.
 */
export class Describe implements pg.Submittable {
  readonly #text: string
  readonly #done = Promise.withResolvers<number[]>()
  /** The columns of what it returns, once `types` has come. */
  fields: readonly pg.FieldDef[] = []
  #types: number[] = []
  #connection: pg.Connection | null = null

  constructor(text: string) {
    this.#text = text
  }

  /** The types' OIDs, by the parameters' numbers. Rejects with what the server says against the statement. */
  get types(): Promise<number[]> {
    return this.#done.promise
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection
    connection.on('parameterDescription', this.#take)
    connection.parse({ name: '', text: this.#text, types: [] }, true)
    connection.describe({ type: 'S', name: '' }, true)
    connection.sync()
  }

  readonly #take = (message: unknown): void => {
    this.#types = description.parse(message).dataTypeIDs
  }

  handleRowDescription({ fields }: { fields: pg.FieldDef[] }): void {
    this.fields = fields
  }

  handleParseComplete(): void {}

  handleReadyForQuery(): void {
    this.#end()
    this.#done.resolve(this.#types)
  }

  handleError(error: unknown): void {
    this.#end()
    this.#done.reject(error)
  }

  #end(): void {
    this.#connection?.off('parameterDescription', this.#take)
  }
}
