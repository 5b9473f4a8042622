import type { Fault } from '../../../core/fault.ts'

export const noTarget: Fault = {
  code: 'unavailable',
  message: 'No connection is open that the logs could go to.',
  hint: 'Open a connection on the left, then start again. The logs stay as they are.',
}

export const noReasonsSaid: Fault = {
  code: 'reasons_required',
  message: 'This connection imports nothing without a ticket and a justification.',
  hint: 'Give both above the list, then start again. They are recorded with each import.',
}

export function tooMany(taken: number): Fault {
  return {
    code: 'refused',
    message: `Only the first ${taken.toLocaleString('en')} files of what was dropped were taken.`,
    hint: 'Drop fewer at a time.',
  }
}
