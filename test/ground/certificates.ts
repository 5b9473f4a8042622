import { chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { unprivilegedAccount } from '../../src/main/postgres/account.ts'

/** What a server shows to its clients: its own true certificate, one past its time, one of another host. */
export type ServerCertificate = 'valid' | 'expired' | 'other-host'

/** Paths of PEM files. */
export interface KeyPair {
  cert: string
  key: string
}

export interface TlsFiles {
  /** The certificate of the authority that signed the server's. */
  authority: string
  /** The certificate of an authority that signed nothing here. */
  stranger: string
  server: KeyPair
  /** Makes a client's certificate, signed by the same authority, for a role. */
  client(role: string): Promise<KeyPair>
}

const day = 24 * 60 * 60 * 1000
const signedWith = { keyType: 'ec', algorithm: 'sha256' } as const

/** Writes certificates into a folder that the server's account can read. */
export async function writeCertificates(folder: string, kind: ServerCertificate): Promise<TlsFiles> {
  const account = await unprivilegedAccount()
  const write = async (name: string, content: string) => {
    const path = join(folder, name)
    await writeFile(path, content, { mode: 0o600 })
    if (account !== null) await chown(path, account.uid, account.gid)
    return path
  }
  const authority = await makeAuthority('pgSteward test authority')
  const pair = async (name: string, commonName: string, expired = false): Promise<KeyPair> => {
    const made = await sign(authority, commonName, expired)
    return { cert: await write(`${name}.crt`, made.cert), key: await write(`${name}.key`, made.private) }
  }
  return {
    authority: await write('authority.crt', authority.cert),
    stranger: await write('stranger.crt', (await makeAuthority('pgSteward stranger')).cert),
    server: await pair('server', kind === 'other-host' ? 'db.example.org' : 'localhost', kind === 'expired'),
    client: (role) => pair(`client-${encodeURIComponent(role)}`, role),
  }
}

async function makeAuthority(commonName: string) {
  return generate([{ name: 'commonName', value: commonName }], {
    ...signedWith,
    notBeforeDate: new Date(Date.now() - 400 * day),
    notAfterDate: new Date(Date.now() + 400 * day),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
}

async function sign(authority: { cert: string; private: string }, commonName: string, expired: boolean) {
  return generate([{ name: 'commonName', value: commonName }], {
    ...signedWith,
    ca: { cert: authority.cert, key: authority.private },
    notBeforeDate: new Date(Date.now() - 30 * day),
    notAfterDate: new Date(Date.now() + (expired ? -1 : 30) * day),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames:
          commonName === 'localhost'
            ? [
                { type: 2, value: 'localhost' },
                { type: 7, ip: '127.0.0.1' },
              ]
            : [{ type: 2, value: commonName }],
      },
    ],
  })
}
