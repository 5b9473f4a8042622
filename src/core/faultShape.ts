import { z } from 'zod'
import type { Fault } from './fault.ts'

const asked = z.object({ code: z.string(), message: z.string() })

/** A fault that came over the wire or was kept: written by this program, perhaps by another release of it. */
export const faultShape = z.custom<Fault>((value) => asked.safeParse(value).success)
