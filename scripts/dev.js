// npm run dev: the browser door with hot reload. The window's code is swapped in place; when the main process's
// code changes, the door is built and started again. npm run dev:desktop: the same for Electron.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { electronHint, obtainElectron, thisSession, whyNoWindow } from './electron.js'
import { installDependencies } from './install.js'
import { isOwnNode, ownNode, root, runInTerminal, runUnderOwnNode } from './node.js'
import { tool } from './tool.js'

process.exitCode = await main(process.argv.slice(2))

/** @param {string[]} args */
async function main(args) {
  const missing = await installDependencies()
  if (missing !== '') {
    console.error(missing)
    return 1
  }
  if (!isOwnNode()) return runUnderOwnNode(fileURLToPath(import.meta.url), args)
  const rest = args.filter((arg) => arg !== '--desktop')
  return args.includes('--desktop') ? desktop(rest) : browser(rest)
}

/** @param {string[]} args */
async function desktop(args) {
  const noWindow = whyNoWindow(thisSession())
  const electron = noWindow === null ? await obtainElectron() : { reason: noWindow }
  if ('reason' in electron) {
    console.error(`There is no window to develop in: ${electron.reason}. Use npm run dev.`)
    if (noWindow === null) console.error(electronHint)
    return 1
  }
  return runInTerminal(ownNode, [tool('electron-vite', 'electron-vite'), 'dev', '--watch', '--', ...args])
}

/**
 * Vite serves the window's code and hands the wire on to the door behind it. Who may enter is decided here, by
 * the door's own rules, so that a new start of the door does not shut the browser out.
 *
 * @param {string[]} args handed on to the door
 */
async function browser(args) {
  const { createAdmission } = await import('../src/main/door/admission.ts')
  const vite = await import('vite')
  const { default: react } = await import('@vitejs/plugin-react')
  const port = 5173
  const admission = createAdmission(port)
  // Always the same, however often the door is started.
  const doorPort = await freePort()
  const doorUrl = `http://127.0.0.1:${doorPort}`
  /** @type {string | null} */
  let doorCookie = null

  const server = await vite.createServer({
    configFile: false,
    root: join(root, 'src', 'renderer'),
    plugins: [
      react(),
      {
        name: 'pgsteward-admission',
        configureServer: ({ middlewares }) => {
          middlewares.use((request, response, next) => {
            const query = new URL(request.url ?? '/', 'http://localhost').searchParams
            if (query.has('token') && admission.admits(query)) {
              response.writeHead(303, { 'Set-Cookie': admission.cookie, Location: '/' }).end()
            } else if (admission.isForUs(request) && admission.holdsCookie(request)) next()
            else response.writeHead(401).end('Open the link that npm run dev has printed.\n')
          })
        },
      },
    ],
    server: {
      host: '127.0.0.1',
      port,
      strictPort: true,
      proxy: {
        '^/wire$': {
          target: doorUrl,
          ws: true,
          configure: (proxy) => {
            proxy.on('proxyReqWs', (outgoing, request, socket) => {
              if (doorCookie === null || !admission.isFromUs(request) || !admission.holdsCookie(request)) {
                socket.destroy()
                outgoing.destroy()
                return
              }
              outgoing.setHeader('Host', `127.0.0.1:${doorPort}`)
              outgoing.setHeader('Origin', doorUrl)
              outgoing.setHeader('Cookie', doorCookie)
            })
          },
        },
      },
    },
  })
  await server.listen()

  const outDir = join(root, 'out', 'dev', 'main')
  /** @type {import('node:child_process').ChildProcess | null} */
  let running = null
  const restart = async () => {
    await end(running)
    const child = spawn(
      ownNode,
      [join(outDir, 'web.js'), ...args, '--no-open', '--until-input-ends', '--port', String(doorPort)],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    running = child
    doorCookie = await enter(child)
    server.hot.send({ type: 'full-reload' })
    console.log(`pgSteward, for development: http://127.0.0.1:${port}/?token=${admission.token}`)
  }

  const watcher = await vite.build({
    configFile: false,
    root,
    logLevel: 'warn',
    build: { ssr: 'src/main/web.ts', outDir, emptyOutDir: true, target: 'node24', watch: {} },
  })
  if (!('on' in watcher)) throw new Error('Vite did not watch.')
  // One start after the other, however fast the changes come.
  let starts = Promise.resolve()
  watcher.on('event', (event) => {
    if (event.code === 'ERROR') console.error(event.error.message)
    if (event.code === 'END') {
      starts = starts.then(restart).catch((error) => console.error(error instanceof Error ? error.message : error))
    }
  })

  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)))
  await watcher.close()
  await starts
  await end(running)
  await server.close()
  return 0
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('No port was given.'))
        else resolve(address.port)
      })
    })
  })
}

/**
 * Waits for the door's link, and goes in by it.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<string>} the cookie that the door gave
 */
async function enter(child) {
  if (child.stdout === null) throw new Error('The door was started without its output.')
  for await (const line of createInterface(child.stdout)) {
    const link = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(line)?.[0]
    if (link === undefined) continue
    child.stdout.resume()
    const answer = await fetch(link, { redirect: 'manual' })
    return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  }
  throw new Error('The door ended before it was open: see above. It starts again at the next change.')
}

/** @param {import('node:child_process').ChildProcess | null} child */
async function end(child) {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
