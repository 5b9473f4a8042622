import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// Tests of the renderer that need a document say so in their first line: // @vitest-environment jsdom
export default defineConfig({
  test: {
    // The servers of the integration tests share the machine with the tests.
    testTimeout: 30_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        plugins: [react()],
        test: {
          name: 'unit',
          include: ['test/{core,renderer,bench,scripts}/**/*.test.{ts,tsx}'],
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/{main,sql,ground,preload}/**/*.test.ts'],
          globalSetup: 'test/ground/globalSetup.ts',
        },
      },
    ],
  },
})
