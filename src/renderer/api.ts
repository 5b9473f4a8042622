import { type Api, contract } from '../core/contract.ts'
import { type Client, connect } from '../core/wire.ts'
import { openWire } from './wire.ts'

const wire = openWire(window)

/** What stores call. */
export const api: Client<Api> = connect(wire, contract)

/**
 * Tells when the main process has ended. A browser's page must be opened again by a new link then; what is on
 * the screen stays readable.
 */
export const onEnded = (listener: () => void): void => wire.onClose(listener)
