import { type Api, contract } from '../core/contract.ts'
import {
  type CallByName,
  type Client,
  connectByName,
  makeClient,
  memoryWires,
  type Services,
  serve,
} from '../core/wire.ts'

/** The services of this process, called as the window calls them. */
export interface Inside {
  api: Client<Api>
  callByName: CallByName
  close(): void
}

export function callInside(services: Services<Api>): Inside {
  const [near, far] = memoryWires()
  serve(near, contract, services)
  const callByName = connectByName(far)
  return { callByName, api: makeClient(contract, callByName), close: () => far.close() }
}
