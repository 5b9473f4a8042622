/** The states of an execution, as the framework records them. */
export const executionStatuses = ['STARTED', 'COMPLETED', 'FAILED', 'ROLLED_BACK', 'INTERRUPTED'] as const
export type ExecutionStatus = (typeof executionStatuses)[number]
