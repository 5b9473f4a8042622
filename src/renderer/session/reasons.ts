import { useContext } from 'react'
import { asksReasons } from '../../core/connection.ts'
import { lacksReasons } from '../../core/reasons.ts'
import type { Reasons } from '../ui/reasons.ts'
import { TabContext, useSession } from './context.ts'

export interface ReasonsRule {
  readonly asks: ReturnType<typeof asksReasons>
  /** Both are demanded, and one of them is not said yet. */
  readonly lacking: boolean
}

/**
 * Whether a connection asks why something is done over it, and whether `reasons` will do.
 *
 * @param connection the tab's own, or else the chosen one, where it is absent
 */
export function useReasonsRule(reasons: Reasons, connection?: string): ReasonsRule {
  const own = useContext(TabContext)?.tab.connection
  const settings = useSession(
    ({ connections, current }) => connections.get(connection ?? own ?? current ?? '')?.connection,
  )
  if (settings === undefined) return { asks: 'no', lacking: false }
  return { asks: asksReasons(settings), lacking: lacksReasons(settings, reasons) }
}
