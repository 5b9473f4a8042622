import '@mantine/core/styles.layer.css'
import '@mantine/spotlight/styles.layer.css'
import './ui/base.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { api } from './api.ts'
import { askBeforeLeaving } from './session/closing.ts'
import { createSession, watchConnections } from './session/session.ts'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no element with the id "root".')

const session = createSession(api)
void watchConnections(api, session)
askBeforeLeaving(session)

createRoot(root).render(
  <StrictMode>
    <App session={session} />
  </StrictMode>,
)
