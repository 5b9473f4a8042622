import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { menuFor } from '../../../src/main/door/menu.ts'
import { type ActionPlace, actionPlaces } from '../../../src/renderer/actions.ts'
import { views } from '../../../src/renderer/views.ts'

const everyAction = actionPlaces.flatMap(({ actions }) => actions)

/** One spelling for one combination of keys, whatever the order and the case it is written in. */
function chord(shortcut: string): string {
  const keys = shortcut.toLowerCase().split('+')
  return [...keys.slice(0, -1).sort(), keys.at(-1)].join('+')
}

/** What can be run at one time: what belongs to no view, and what belongs to this one. */
function together(view: ActionPlace['view']) {
  return actionPlaces.filter((place) => place.view === null || place.view === view).flatMap(({ actions }) => actions)
}

/** Keys that the browser keeps for itself or that a text field needs. */
const taken = ['mod+a', 'mod+c', 'mod+v', 'mod+x', 'mod+z', 'mod+n', 'mod+shift+n', 'mod+t', 'mod+shift+t', 'mod+w']

/** Keys of the desktop's menu: the roles bring them. */
const ofRoles: Readonly<Record<string, readonly string[]>> = {
  quit: ['mod+q'],
  reload: ['mod+r'],
  toggleDevTools: ['mod+shift+i'],
  resetZoom: ['mod+0'],
  togglefullscreen: ['f11'],
  minimize: ['mod+m'],
  redo: ['mod+shift+z', 'mod+y'],
}

describe('the shortcuts', () => {
  it.each([...Object.keys(views)])('are one to an action, of all that can be run while %s is in front', (name) => {
    const view = Object.keys(views).find((each): each is keyof typeof views => each === name)
    if (view === undefined) throw new Error(`There is no view ${name}.`)
    const byChord = Map.groupBy(
      together(view).filter(({ shortcut }) => shortcut !== undefined),
      ({ shortcut }) => chord(shortcut ?? ''),
    )
    const shared = [...byChord].filter(([, actions]) => actions.length > 1)
    expect(shared.map(([keys, actions]) => [keys, ...actions.map(({ id }) => id)])).toEqual([])
    expect(byChord.size).toBeGreaterThan(10)
  })

  it('leave alone what browsers, text fields and the desktop’s menu have', () => {
    const roles = menuFor('linux', false).flatMap(({ submenu }) => submenu ?? [])
    const menu = roles.flatMap(({ role }) => ofRoles[role ?? ''] ?? [])
    expect(menu).toContain('mod+r')
    const used = everyAction.flatMap(({ shortcut }) => (shortcut === undefined ? [] : [chord(shortcut)]))
    expect(used.filter((keys) => taken.includes(keys) || menu.includes(keys))).toEqual([])
  })
})

describe('the list of actions', () => {
  it('names each once, by what it does', () => {
    const ids = everyAction.map(({ id }) => id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
    for (const { id, title, group } of everyAction) {
      expect(title, id).toMatch(/^[A-Z]/)
      expect(group, id).toMatch(/^[A-Z]/)
    }
    for (const { view, first } of actionPlaces) if (view !== null) expect(first).toMatch(/first$/)
  })

  it('is where every view takes its actions from, so that none is missing in it', () => {
    const folder = join(import.meta.dirname, '../../../src/renderer')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name))
    const offering = files.filter((name) => {
      return readFileSync(join(folder, name), 'utf8').includes('useActions(') && !name.endsWith('session/actions.ts')
    })
    expect(offering.length).toBeGreaterThanOrEqual(6)
    for (const name of offering) {
      const text = readFileSync(join(folder, name), 'utf8')
      const offered = text.slice(text.indexOf('Action[]'))
      expect(offered, name).toMatch(/\.\.\.\w*(Actions\.|label)/)
      expect(offered, name).not.toMatch(/\bid: '[a-z]+\.[A-Za-z.]+'/)
    }
  })
})
