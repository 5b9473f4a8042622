import { useMemo } from 'react'
import { useStore } from 'zustand'
import { actionPlaces } from '../actions.ts'
import { type Action, type ActionLabel, allActions, useActionsStore } from '../session/actions.ts'

/** An action as the palette and the list of keys show it. */
export interface KnownAction {
  readonly label: ActionLabel
  /** Null while it belongs to something that is not in front; `first` says to what. */
  readonly action: Action | null
  readonly first: string
}

/** All that can be done in the window, by its groups; what can be done now is named as it stands now. */
export function useKnownActions(): KnownAction[] {
  const byOwner = useStore(useActionsStore(), (state) => state.byOwner)
  return useMemo(() => {
    const present = new Map(allActions({ byOwner }).map((action) => [action.id, action]))
    return actionPlaces.flatMap(({ actions, first }) =>
      actions.map((label): KnownAction => {
        const action = present.get(label.id) ?? null
        return { label: action ?? label, action, first }
      }),
    )
  }, [byOwner])
}
