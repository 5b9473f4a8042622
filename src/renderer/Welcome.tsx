import { ConnectCard } from './connections/ConnectCard.tsx'
import { Home } from './connections/Home.tsx'
import { useConnections } from './connections/store.ts'
import { TryIt } from './demo/TryIt.tsx'
import { useSession } from './session/context.ts'
import { Mark } from './ui/Mark.tsx'
import classes from './Welcome.module.css'

/** What stands in the window while no tab is open: two ways in, or the connection that is at hand. */
export function Welcome() {
  const current = useSession((session) => session.current)
  const firstRun = useConnections((state) => state.saved?.length === 0)
  if (current !== null) return <Home connection={current} />
  return (
    <div className={classes.page}>
      <div className={classes.body}>
        <Mark size={44} />
        <h1 className={classes.title}>{firstRun ? 'Welcome to pgSteward' : 'Choose a connection on the left'}</h1>
        <p className={classes.lead}>
          {firstRun
            ? 'See what happened in your PostgreSQL databases, and be able to prove it. Two ways to begin:'
            : 'Or begin with another one:'}
        </p>
        <div className={classes.choices}>
          <TryIt />
          <ConnectCard />
        </div>
      </div>
    </div>
  )
}
