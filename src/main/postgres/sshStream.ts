import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { platform } from 'node:os'
import { Duplex, type Readable, type Writable } from 'node:stream'
import { Failure } from '../../core/fault.ts'
import { type Endpoint, isSocketFolder } from './endpoint.ts'

/** How much of what ssh says is kept, in characters. */
const longestSaying = 4_000

/**
 * The line to a server through OpenSSH's own `ssh`, which knows the person's `~/.ssh/config`, agent, jump hosts and
 * known hosts. Its input and output are the line: no port is opened that others on this machine could use.
 *
 * To the PostgreSQL client it is a socket: it begins with `connect`.
 */
export class SshStream extends Duplex {
  readonly #endpoint: Endpoint
  readonly #arguments: string[]
  #ssh: ChildProcessByStdio<Writable, Readable, Readable> | null = null
  #said = ''
  #answered = false

  /** @throws Failure where no line can lead there */
  constructor(endpoint: Endpoint) {
    // As a socket: whose other end is closed, is closed.
    super({ allowHalfOpen: false })
    this.#arguments = sshArguments(endpoint)
    this.#endpoint = endpoint
  }

  /** Where to is in the endpoint. That ssh has started does not say that it will arrive. */
  connect(): this {
    const ssh = spawn('ssh', this.#arguments, {
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      // A Ctrl+C in the terminal is for us: a statement is to be cancelled over this line. And ssh can ask nobody there.
      detached: platform() !== 'win32',
    })
    this.#ssh = ssh
    ssh.once('spawn', () => this.emit('connect'))
    ssh.once('error', (cause) => this.destroy(this.#notStarted(cause)))
    // Not before its last words are read, which `close` waits for.
    ssh.once('close', (code, signal) => this.#ended(code ?? signal))
    ssh.stdout.on('data', (bytes: Buffer) => {
      this.#answered = true
      if (!this.push(bytes)) ssh.stdout.pause()
    })
    ssh.stderr.setEncoding('utf8')
    ssh.stderr.on('data', (text: string) => {
      this.#said = (this.#said + text.replaceAll('\r', '')).slice(-longestSaying)
    })
    // Its reason is told when ssh ends, which it does then.
    ssh.stdin.on('error', () => {})
    return this
  }

  setNoDelay(): this {
    return this
  }

  /** ssh is told to ask for signs of life itself. */
  setKeepAlive(): this {
    return this
  }

  override _read(): void {
    this.#ssh?.stdout.resume()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#ssh === null) done(new Error('The line is not open.'))
    else this.#ssh.stdin.write(bytes, () => done())
  }

  override _final(done: () => void): void {
    this.#ssh?.stdin.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#ssh?.kill()
    done(error)
  }

  #ended(how: number | NodeJS.Signals | null): void {
    if (this.destroyed) return
    if (this.#answered) {
      if (how === 0) this.push(null)
      else this.destroy(new Error(`ssh ended (${how}). ${this.#said.trim()}`.trim()))
      return
    }
    const { ssh, host, port } = this.#endpoint
    this.destroy(
      new Failure({
        code: 'ssh',
        message: `ssh did not get to ${host}:${port} through ${ssh}.`,
        detail: this.#said.trim() || `It ended with ${how}, and said nothing.`,
        hint: hintFor(this.#said, ssh),
      }),
    )
  }

  #notStarted(cause: NodeJS.ErrnoException): Failure {
    const { message, code } = cause
    return new Failure(
      {
        code: 'ssh',
        message: 'The program ssh could not be started.',
        detail: message,
        ...(code === 'ENOENT' && { hint: 'Install OpenSSH’s client, or put it where PATH finds it.' }),
      },
      { cause },
    )
  }
}

function sshArguments({ host, port, ssh }: Endpoint): string[] {
  if (isSocketFolder(host)) {
    throw new Failure({
      code: 'invalid_input',
      message: 'A socket of another machine cannot be reached through ssh.',
      hint: 'Name the host and the port on which the server listens, as that machine knows them: localhost, for one.',
    })
  }
  const options = ['BatchMode=yes', 'PermitLocalCommand=no', 'ServerAliveInterval=30']
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`
  // What follows `--` is no option, whatever it begins with.
  return [...options.flatMap((option) => ['-o', option]), '-W', target, '--', ssh]
}

function hintFor(said: string, ssh: string): string {
  if (/host key verification failed/i.test(said))
    return `Run "ssh ${ssh}" in a terminal once, compare the key of the host, and accept it.`
  if (/permission denied/i.test(said))
    return `Nobody can be asked for a passphrase here: add the key to the agent (ssh-add), and try "ssh ${ssh}" in a terminal.`
  if (/open failed/i.test(said)) return `${ssh} was reached: the host and the port are looked for from there.`
  return `Try "ssh ${ssh}" in a terminal: the same configuration is used.`
}
