import { FileDown, FilePenLine, History, Logs, type LucideIcon, ServerCog, ShieldCheck } from 'lucide-react'
import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import type { ViewName, ViewProps } from './session/targets.ts'

export interface View<V extends ViewName> {
  readonly name: string
  readonly icon: LucideIcon
  readonly component: LazyExoticComponent<ComponentType<ViewProps<V>>>
}

/** The one list of views. Each is loaded when it is first opened. */
export const views: { readonly [V in ViewName]: View<V> } = {
  connection: { name: 'Connection', icon: ServerCog, component: lazy(() => import('./connections/View.tsx')) },
  editor: { name: 'Query', icon: FilePenLine, component: lazy(() => import('./editor/View.tsx')) },
  framework: { name: 'Framework', icon: ShieldCheck, component: lazy(() => import('./framework/View.tsx')) },
  history: { name: 'History', icon: History, component: lazy(() => import('./history/View.tsx')) },
  logs: { name: 'Logs', icon: Logs, component: lazy(() => import('./logs/View.tsx')) },
  logImport: { name: 'Import logs', icon: FileDown, component: lazy(() => import('./logs/import/View.tsx')) },
}
