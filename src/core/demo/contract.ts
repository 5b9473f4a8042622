import { z } from 'zod'
import { call } from '../call.ts'
import type { OpenConnection } from '../connection.ts'

export interface DemoEvent {
  /** What is being done, for a person: `Starting PostgreSQL 18`, `Filling care.visit`. */
  step: string
  /** 0 to 1. */
  share: number
}

export const demo = {
  /** Starts the embedded server with the sample database and the framework, and opens it. */
  start: call(z.strictObject({})).emits<DemoEvent>().returns<OpenConnection>(),
}
