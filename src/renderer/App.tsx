import { MantineProvider } from '@mantine/core'
import { useState } from 'react'
import { ObjectTree } from './catalog/ObjectTree.tsx'
import { ConnectionBanner } from './connections/ConnectionBanner.tsx'
import { PasswordPrompt } from './connections/PasswordPrompt.tsx'
import { ReconnectButton } from './connections/ReconnectButton.tsx'
import { Sidebar } from './connections/Sidebar.tsx'
import { DropTarget } from './logs/import/DropTarget.tsx'
import { SavedQueries } from './queries/SavedQueries.tsx'
import { SnippetsDialog } from './queries/SnippetsDialog.tsx'
import { ActionsContext, createActions } from './session/actions.ts'
import { SessionContext } from './session/context.ts'
import type { SessionStore } from './session/scope.ts'
import { Frame } from './shell/Frame.tsx'
import { theme, tokens } from './ui/theme.ts'
import { Welcome } from './Welcome.tsx'

/** The window: the shell, filled with what the slices bring to it. */
export function App({ session }: { session: SessionStore }) {
  const [actions] = useState(createActions)
  return (
    <MantineProvider theme={theme} cssVariablesResolver={tokens} defaultColorScheme="auto">
      <SessionContext value={session}>
        <ActionsContext value={actions}>
          <Frame
            sidebar={
              <>
                <Sidebar />
                <ObjectTree />
                <SavedQueries />
              </>
            }
            banner={<ConnectionBanner />}
            empty={<Welcome />}
            reconnect={(connection) => <ReconnectButton connection={connection} />}
          />
          <PasswordPrompt />
          <SnippetsDialog />
          <DropTarget />
        </ActionsContext>
      </SessionContext>
    </MantineProvider>
  )
}
