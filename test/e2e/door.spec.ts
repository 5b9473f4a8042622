import { expect, test } from './door.ts'

test('the link opens the window, and stays in no address', async ({ app, door }) => {
  await expect(app).toHaveTitle('pgSteward')
  await expect(app.locator('#root')).not.toBeEmpty()
  expect(new URL(app.url()).search).toBe('')
  expect(app.url()).toBe(`${new URL(door.link).origin}/`)
})

test('a browser without the link stays outside', async ({ page, door }) => {
  const answer = await page.goto(new URL(door.link).origin)
  expect(answer?.status()).toBe(401)
})
