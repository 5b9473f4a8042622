import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { Failure } from '../../core/fault.ts'
import { TrailCheck } from '../../core/seal/check.ts'
import type { CheckReport, SealVerdict } from '../../core/seal/contract.ts'
import { isoOf, plainHex, wrongLink } from '../../core/seal/head.ts'
import { sealShape } from '../../core/seal/trailLine.ts'

export const exportedSeal = sealShape
export type ExportedSeal = z.output<typeof exportedSeal>

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

const sealsLine = z.object({
  kind: z.literal('seals'),
  version: z.literal(1),
  identity: z.string(),
  database: z.string(),
  exportedAt: z.string(),
  seals: z.array(exportedSeal),
})
const signatureLine = z.object({
  kind: z.literal('signature'),
  algorithm: z.literal('Ed25519'),
  /** SubjectPublicKeyInfo in DER, base64. */
  publicKey: z.base64(),
  /** Over the bytes of the first line, without its end. */
  signature: z.base64(),
})

/** This machine's key, made where there is none, for its owner alone. */
async function signingKey(folder: string): Promise<KeyObject> {
  const path = join(folder, 'seal-key.pem')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(path)) await makeKey(path)
  try {
    return createPrivateKey(await readFile(path))
  } catch (cause) {
    throw new Failure(
      {
        code: 'unavailable',
        message: `The key that seals are signed with cannot be read: ${path}.`,
        hint: 'Restore it from a backup, or move it away to have a new one made: files will then be signed by another key.',
      },
      { cause },
    )
  }
}

/** Whole or not at all: another process may be making it at this moment, and then that one's counts. */
async function makeKey(path: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.write(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(draft, path)
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown
  } finally {
    await unlink(draft)
  }
}

/**
 * Writes seals to a new file: one line that says them, and one that signs that line.
 *
 * @returns SHA-256 of the public key, hexadecimal
 * @throws EEXIST where there is such a file
 */
export async function writeSealFile(
  path: string,
  keyFolder: string,
  content: Pick<z.output<typeof sealsLine>, 'identity' | 'database' | 'seals'>,
): Promise<string> {
  const key = await signingKey(keyFolder)
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const first = JSON.stringify({ kind: 'seals', version: 1, ...content, exportedAt: new Date().toISOString() })
  const second = JSON.stringify({
    kind: 'signature',
    algorithm: 'Ed25519',
    publicKey: publicKey.toString('base64'),
    signature: sign(null, Buffer.from(first), key).toString('base64'),
  })
  const file = await open(path, 'wx', 0o600)
  try {
    await file.write(`${first}\n${second}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return fingerprint(publicKey)
}

function fingerprint(publicKey: Buffer): string {
  return createHash('sha256').update(publicKey).digest('hex')
}

/** Checks a file of seals: its signature, every head, and that each seal follows the one before. */
function checkSeals(lines: string[]): CheckReport {
  const content = parse(sealsLine, lines[0])
  const signed = parse(signatureLine, lines[1])
  const key = Buffer.from(signed.publicKey, 'base64')
  const problems: string[] = []
  if (!isSigned(lines[0] ?? '', key, signed.signature))
    problems.push('The signature is not that of this file: it was changed after it was signed.')
  const verdicts = content.seals.map((seal, index): SealVerdict => {
    const problem =
      Number(seal.seal_number) === index + 1
        ? wrongLink(sha256, seal, content.seals[index - 1])
        : 'A seal before it is missing.'
    return {
      number: Number(seal.seal_number),
      at: isoOf(seal.sealed_at),
      rows: Number(seal.row_count),
      head: plainHex(seal.head),
      ok: problem === null,
      wrongVersion: null,
      problem,
    }
  })
  return {
    kind: 'seals',
    ok: problems.length === 0 && verdicts.every(({ ok }) => ok),
    seals: verdicts,
    rows: null,
    problems,
    signer: fingerprint(key),
  }
}

function isSigned(line: string, publicKey: Buffer, signed: string): boolean {
  try {
    const key = createPublicKey({ key: publicKey, type: 'spki', format: 'der' })
    return key.asymmetricKeyType === 'ed25519' && verify(null, Buffer.from(line), key, Buffer.from(signed, 'base64'))
  } catch {
    // What is no key has signed nothing.
    return false
  }
}

function parse<T>(shape: z.ZodType<T>, line: string | undefined): T {
  try {
    return shape.parse(JSON.parse(line ?? ''))
  } catch (cause) {
    throw notOurs(cause)
  }
}

function notOurs(cause?: unknown): Failure {
  return new Failure(
    { code: 'invalid', message: 'This is neither an exported trail nor a signed file of seals.' },
    { cause },
  )
}

/**
 * Checks an exported trail or a file of seals, without a database.
 *
 * @param against a file of seals that the trail must agree with
 * @throws Failure `invalid` where a file is neither
 */
export async function checkFile(path: string, against: string | undefined, signal: AbortSignal): Promise<CheckReport> {
  const trail = new TrailCheck(sha256)
  const head: string[] = []
  let isTrail = false
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    signal.throwIfAborted()
    if (head.length < 2) head.push(line)
    if (head.length === 1) isTrail = !line.startsWith('{"kind":"seals"')
    if (isTrail) trail.add(line)
    else if (head.length === 2) break
  }
  if (!isTrail) return checkSeals(head)
  const { isTrail: isOurs, seals, rows, unsealed, problems } = trail.verdict()
  if (!isOurs) throw notOurs()
  const known = against === undefined ? null : await checkFile(against, undefined, signal)
  if (known !== null) problems.push(...disagreements(seals, known))
  return {
    kind: 'trail',
    ok: problems.length === 0 && seals.every(({ ok }) => ok !== false),
    seals,
    rows: { all: rows, unsealed },
    problems,
    signer: known?.signer ?? null,
  }
}

function disagreements(seals: readonly SealVerdict[], known: CheckReport): string[] {
  const own = new Map(seals.map((seal) => [seal.number, seal.head]))
  return [
    ...known.problems,
    ...known.seals.flatMap(({ number, head, problem }) => [
      ...(problem === null ? [] : [`Seal ${number} in the signed file: ${problem}`]),
      ...(own.get(number) === head
        ? []
        : [`Seal ${number} has another head in the signed file, or is not in the trail.`]),
    ]),
  ]
}
