// The thread that searches and counts, with a handle of its own on the cache: whatever it is asked, the window and the
// recording do not wait for it. The only thing that it writes is the index.
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import SQLite from 'better-sqlite3'
import { toFault } from '../../core/fault.ts'
import type { SearchInput } from '../../core/history/contract.ts'
import { Columns } from './columns.ts'
import { createCounting } from './counting.ts'
import { createFinding } from './find.ts'
import { createIndexing } from './indexing.ts'
import { createPieceIndex } from './pieceIndex.ts'
import { blockTexts } from './pieces.ts'
import { type Answer, cancelledSlot, type Question, type Questions, type WorkerData } from './protocol.ts'
import { createReading } from './reading.ts'
import { createSelecting } from './selection.ts'

if (parentPort === null) throw new Error('This is the program of a worker.')
const port = parentPort
// Handed over by reader.ts alone, in the same program.
const { path, cancelled }: WorkerData = workerData
const stops = new Int32Array(cancelled)

const db = new SQLite(path, { timeout: 10_000, fileMustExist: true })
// What is lost with the power is worked in again: its progress is lost with it.
db.pragma('synchronous = normal')
db.pragma('foreign_keys = on')
// As the cache's own handle: names of objects stand in what the index has of them.
db.pragma('secure_delete = on')
db.pragma('cache_size = -65536')
db.pragma('mmap_size = 1073741824')
db.pragma('temp_store = memory')
db.pragma('wal_autocheckpoint = 4000')

const columns = new Columns(db)
const indexing = createIndexing(db)
const pieces = createPieceIndex(db, columns, indexing.textAt)
const select = createSelecting(db, columns, pieces)
const { find, ...holding } = createFinding(db, columns)
const counting = createCounting(db, columns, holding)
const read = createReading(db, columns, holding)

/** Changes that are worked in before a question is answered: a moment's work. The rest is done when nobody asks. */
const atOnce = 300
const inTurn = 200
/** Where much is left, such as a whole cache of before: larger pieces spare the index most of its merging. */
const inBulk = 1_000
const bulkFrom = 20_000
const restMs = 2
/** While questions come, pieces are small: each question waits for one of them. */
const whileAsked = 40
const restAskedMs = 20
/** So long after a question another one is expected, in milliseconds. */
const attentionMs = 2_000
/** Texts that are learnt before a question may come in between. */
const learntAtOnce = 50
/** So many texts are searched in memory before they are stored together: each piece is then written once for all. */
const storedFrom = 4_096

/** Up to which change the columns know. */
let seen = -1
let loading: Promise<void> | null = null

const isStopped = (id: number) => (): boolean => Atomics.load(stops, cancelledSlot(id)) === id
const pause = async (): Promise<void> => void (await turn())

async function load(): Promise<void> {
  const from = indexing.state().sequence
  await columns.load(pause)
  pieces.forget()
  const { stored_texts } = indexing.state()
  const recent: number[] = []
  for (let index = 0; index < columns.size; index += 1) {
    if ((columns.text[index] ?? -1) >= stored_texts) recent.push(index)
  }
  const { version } = columns
  for (let at = 0; at < recent.length && columns.version === version; at += learntAtOnce) {
    pieces.learn(recent.slice(at, at + learntAtOnce))
    await pause()
  }
  seen = from
  catchUp()
  // An earlier program has ended before it stored them.
  if (pieces.waiting() >= storedFrom) workOn()
}

/** Takes over what was worked in since, by this process or another one: as it was at one moment. */
const catchUp = db.transaction((): void => {
  const oldest = indexing.oldest()
  // The log was cut behind us: all is read again.
  if (oldest !== null && oldest > seen + 1) {
    seen = -1
    loading = null
    return
  }
  const done = indexing.state().sequence
  while (seen < done) {
    const page = indexing.changes(seen, 10_000).filter(({ sequence }) => sequence <= done)
    const positions = new Set(page.map(({ position }) => position))
    columns.refresh(positions)
    pieces.learn(columns.indexesOf(positions))
    seen = page.at(-1)?.sequence ?? done
  }
})

/** Makes the columns true, and says how many changes are still to be worked in. */
async function ready(): Promise<number> {
  if (indexing.left() > 0) indexing.work(atOnce)
  loading ??= load()
  await loading
  if (seen >= 0) catchUp()
  if (seen < 0) return await ready()
  const left = indexing.left()
  if (left > 0) workOn()
  return left
}

let working = false
/** When a person asked last: see `performance.now`. */
let askedAt = Number.NEGATIVE_INFINITY

/** Works in what is left, with rests in which others may write and questions are answered. */
async function workInAll(): Promise<number> {
  // What is numbered has to be learnt, and stored from time to time.
  loading ??= load()
  await loading
  let worked = 0
  for (let left = indexing.left(); left > 0; left = indexing.left()) {
    const isAsked = performance.now() - askedAt < attentionMs
    const count = indexing.work(isAsked ? whileAsked : left > bulkFrom ? inBulk : inTurn)
    if (count === 0) break
    worked += count
    if (seen >= 0) catchUp()
    if (pieces.waiting() >= blockTexts) await store()
    await sleep(isAsked ? restAskedMs : restMs)
  }
  if (pieces.isStoring() || pieces.waiting() >= storedFrom) await store()
  while (indexing.dismantle()) await sleep(restMs)
  return worked
}

async function store(): Promise<void> {
  if (seen < 0) return
  catchUp()
  const { sequence, next_text } = indexing.state()
  // Another process works in at this moment: what it numbers is not known here.
  if (sequence !== seen) return
  pieces.beginStoring(next_text)
  while (pieces.storeOn()) await sleep(performance.now() - askedAt < attentionMs ? restAskedMs : 0)
  await sweep(Math.floor(indexing.state().stored_texts / blockTexts))
}

/** Frees the room of blocks whose texts have changed or are gone; the few that are left get new numbers. */
async function sweep(fullBlocks: number): Promise<void> {
  const alive = new Uint32Array(fullBlocks)
  for (let index = 0; index < columns.size; index += 1) {
    const block = Math.floor((columns.text[index] ?? -1) / blockTexts)
    if (block >= 0 && block < fullBlocks) alive[block] = (alive[block] ?? 0) + 1
  }
  for (let block = 0; block < fullBlocks; block += 1) {
    if (alive[block] === 0) while (pieces.removeBlock(block)) await pause()
    else if ((alive[block] ?? 0) < blockTexts / 4) indexing.renumber(block * blockTexts, (block + 1) * blockTexts)
  }
}

function workOn(): void {
  if (working) return
  working = true
  workInAll()
    // A full disk, a lock that was not had: the next question tries again, and says how much is left.
    .catch(() => 0)
    .finally(() => {
      working = false
    })
}

/** @throws the system's error where there is no room for a second file */
function rebuild(): null {
  // The second file, which may be of a gigabyte, is not made in memory.
  db.pragma('temp_store = file')
  try {
    db.exec('vacuum')
  } finally {
    db.pragma('temp_store = memory')
  }
  return null
}

async function answer(question: Question): Promise<Questions[keyof Questions]['output']> {
  const { id, name, input } = question
  if (name === 'index') return { worked: await workInAll() }
  if (name === 'rebuild') return rebuild()
  const stopped = isStopped(id)
  if (name === 'search') askedAt = performance.now()
  if (name === 'search' && isPlain(input)) {
    // The newest ones are shown at once, also while the columns are read for the first time.
    void ready().catch(() => 0)
    return find(input, select(input), 0, stopped)
  }
  const unindexed = await ready()
  if (name === 'search') return find(input, select(input), unindexed, stopped)
  if (name === 'read') return read(select(input), input.after, stopped)
  if (name === 'timeline') return await counting.timeline(() => select(input), input.most, unindexed, stopped, pause)
  return counting.facets()
}

/** Asks for no words and no filter but time: the operations themselves answer that. */
function isPlain(input: SearchInput): boolean {
  const { terms, filters } = select(input)
  return terms.length === 0 && !filters
}

port.on('message', (question: Question) => {
  if (isStopped(question.id)()) return
  answer(question).then(
    (output) => port.postMessage({ id: question.id, output } satisfies Answer),
    (thrown: unknown) => port.postMessage({ id: question.id, fault: toFault(thrown) } satisfies Answer),
  )
})
