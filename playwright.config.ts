import { defineConfig } from '@playwright/test'
import { chromiumFlags, findChromium } from './scripts/chromium.js'

const executablePath = findChromium()

// The built program is tested: npm run build before npx playwright test.
export default defineConfig({
  testDir: 'test/e2e',
  globalTeardown: './test/e2e/teardown.ts',
  outputDir: 'test/output/playwright',
  // Each test file starts a door of its own, so that files can run side by side.
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  forbidOnly: process.env['CI'] !== undefined,
  reporter: 'list',
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
  projects: [
    {
      name: 'browser',
      testIgnore: '**/*.electron.spec.ts',
      use: {
        browserName: 'chromium',
        viewport: { width: 1280, height: 800 },
        launchOptions: { args: chromiumFlags, ...(executablePath === null ? {} : { executablePath }) },
      },
    },
    { name: 'electron', testMatch: '**/*.electron.spec.ts' },
  ],
})
