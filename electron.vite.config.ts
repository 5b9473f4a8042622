import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

export default defineConfig({
  main: {
    build: {
      rolldownOptions: {
        input: {
          electron: 'src/main/electron.ts',
          web: 'src/main/web.ts',
          cli: 'src/main/cli.ts',
          // A thread of its own: see src/main/history/reader.ts.
          historyWorker: 'src/main/history/worker.ts',
          // And src/main/logs/reader.ts.
          logsWorker: 'src/main/logs/worker.ts',
        },
        output: { format: 'es' },
      },
    },
  },
  preload: {
    build: {
      // A sandboxed preload script cannot be an ES module.
      rolldownOptions: { input: 'src/preload/index.ts', output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'src/renderer',
    build: {
      minify: true,
      // The SQL editor is one large piece, which is loaded when a tab first needs it.
      chunkSizeWarningLimit: 5_000,
      rolldownOptions: { input: 'src/renderer/index.html' },
    },
    plugins: [react()],
  },
})
