const marks = [
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
] as const

/** The same text as UTF-8 where it begins with a mark of UTF-16; any other stays as it is. */
export async function* transcoded(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  let decoder: InstanceType<typeof TextDecoder> | null = null
  let head: Uint8Array | null = new Uint8Array()
  for await (const chunk of chunks) {
    let next = chunk
    if (head !== null) {
      next = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      if (next.length < 2) {
        head = next
        continue
      }
      head = null
      const found = marks.find(({ mark }) => mark.every((byte, index) => next[index] === byte))
      decoder = found === undefined ? null : new TextDecoder(found.encoding)
    }
    const bytes = decoder === null ? next : encoder.encode(decoder.decode(next, { stream: true }))
    if (bytes.length > 0) yield bytes
  }
  if (head !== null && head.length > 0) yield head
  const rest = decoder?.decode() ?? ''
  if (rest !== '') yield encoder.encode(rest)
}
