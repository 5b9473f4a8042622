import type { TestProject } from 'vitest/node'
import { allMajors, type Major, type Server, startServer } from './server.ts'
import './shared.ts'

/** Starts the shared servers once for a run, and stops them at its end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = await Promise.allSettled(
    majorsOf(process.env['PGSTEWARD_MAJORS']).map((major) => startServer({ major })),
  )
  const servers = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const stopAll = async () => {
    await Promise.all(servers.map((server: Server) => server.stop()))
  }
  const failed = started.find((each) => each.status === 'rejected')
  if (failed !== undefined) {
    await stopAll()
    throw failed.reason
  }
  project.provide(
    'servers',
    servers.map(({ major, host, port, superuser, password, dataFolder }) => ({
      major,
      host,
      port,
      superuser,
      password,
      dataFolder,
    })),
  )
  return stopAll
}

/** `12,18`: those majors; nothing: 18 and 15. */
function majorsOf(wanted: string | undefined): Major[] {
  if (!wanted) return [18, 15]
  return wanted.split(',').map((text) => {
    const major = allMajors.find((each) => String(each) === text.trim())
    if (major === undefined) throw new Error(`PGSTEWARD_MAJORS: ${text} is none of ${allMajors.join(', ')}.`)
    return major
  })
}
