import '@mantine/core/styles.layer.css'
import '@mantine/spotlight/styles.layer.css'
import './ui/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { api } from './api.ts'
import { askBeforeLeaving } from './session/closing.ts'
import { createSession, watchConnections } from './session/session.ts'
import { keepWorkspace } from './session/workspace.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root".')

const session = createSession(api)
void watchConnections(api, session)
askBeforeLeaving(session)
// Before the first paint, so that nothing is opened before what was open is there again.
await keepWorkspace(api, session, window.sessionStorage)

createRoot(root).render(
  <StrictMode>
    <App session={session} />
  </StrictMode>,
)
