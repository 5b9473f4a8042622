import type { Contract } from './call.ts'
import { catalog } from './catalog/contract.ts'
import { connections } from './connections/contract.ts'
import { demo } from './demo/contract.ts'
import { editor } from './editor/contract.ts'
import { erd } from './erd/contract.ts'
import { framework } from './framework/contract.ts'
import { history } from './history/contract.ts'
import { logs } from './logs/contract.ts'
import { queries } from './queries/contract.ts'
import { sealCalls } from './seal/contract.ts'
import { workspace } from './workspace/contract.ts'

/** Every call of the product. A new one is written in its slice's contract; nothing else here changes. */
export const contract = {
  catalog,
  connections,
  demo,
  editor,
  erd,
  framework: { ...framework, ...sealCalls },
  history,
  logs,
  queries,
  workspace,
} satisfies Contract
export type Api = typeof contract
