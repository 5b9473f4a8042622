import { expect, test } from './door.ts'
import { newQuery, tryIt } from './window.ts'

/** Megabytes of script, as the engine has to read them: not compressed. */
const budget = 1.5

test('the scripts that are loaded before the editor opens are under 1.5 MB', async ({ page, door }) => {
  test.setTimeout(180_000)
  const sizes = new Map<string, Promise<number>>()
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.endsWith('.js'))
      sizes.set(
        pathname,
        response.body().then((body) => body.length),
      )
  })
  const megabytes = async (): Promise<number> => {
    const all = await Promise.all(sizes.values())
    return all.reduce((sum, size) => sum + size, 0) / 1_000_000
  }
  await page.goto(door.link)
  await tryIt(page)
  // The window with a connection and its objects, and no query yet.
  await expect(page.getByRole('tree', { name: 'Objects' }).getByRole('treeitem').first()).toBeVisible()
  const before = await megabytes()
  expect(before).toBeGreaterThan(0.2)
  expect(before).toBeLessThan(budget)

  // The editor is what is spared: the measure sees it when it comes.
  await newQuery(page)
  expect(await megabytes()).toBeGreaterThan(before + 1)
})
