/** The import rules of docs/architecture.md. Type imports count. */
const slice = '(?!postgres/|cache/|door/)([^/]+)'

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '[?](worker|raw|url)' },
    },
    {
      name: 'core-is-pure',
      comment: 'core imports core and zod, nothing else',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { pathNot: ['^src/core/', '^node_modules/zod/'] },
    },
    {
      name: 'core-slice-apart',
      comment: 'a slice of core imports itself and the root files of core; core/contract.ts joins them',
      severity: 'error',
      from: { path: '^src/core/([^/]+)/' },
      to: { path: '^src/core/[^/]+/', pathNot: '^src/core/$1/' },
    },
    {
      name: 'main-slice-apart',
      comment: 'a slice of main reaches another one through its index.ts alone',
      severity: 'error',
      from: { path: `^src/main/${slice}/` },
      to: { path: `^src/main/${slice}/`, pathNot: ['^src/main/$1/', '/index[.]ts$'] },
    },
    {
      name: 'main-below-slices',
      comment: 'postgres, cache and host know no slice',
      severity: 'error',
      from: { path: '^src/main/(postgres/|cache/|host[.]ts|terminal[.]ts)' },
      to: { path: `^src/main/${slice}/` },
    },
    {
      name: 'one-list-of-slices',
      comment: 'of the root of main, services.ts alone imports slices',
      severity: 'error',
      from: { path: '^src/main/[^/]+[.]ts$', pathNot: '^src/main/services[.]ts$' },
      to: { path: `^src/main/${slice}/` },
    },
    {
      name: 'doors-are-leaves',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/main/(electron|web|cli)[.]ts$' },
    },
    {
      name: 'door-for-doors',
      comment: 'main/door holds what the doors are made of; slices know no door',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/((electron|web)[.]ts$|door/)' },
      to: { path: '^src/main/door/' },
    },
    {
      name: 'door-knows-no-slice',
      comment: 'doors are given the services; main/door reaches core, the host and saved files alone',
      severity: 'error',
      from: { path: '^src/main/door/' },
      to: { path: '^src/main/', pathNot: '^src/main/(door/|host[.]ts$|savedFile[.]ts$)' },
    },
    {
      name: 'electron-at-the-door',
      comment: 'electron is imported by its door and the preload script alone',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main/electron[.]ts|preload/)' },
      to: { path: '^(node_modules/)?electron(/|$)' },
    },
    {
      name: 'renderer-stays-inside',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { path: '^src/', pathNot: ['^src/renderer/', '^src/core/'] },
    },
    {
      name: 'main-stays-inside',
      severity: 'error',
      from: { path: '^src/main/' },
      to: { path: '^src/', pathNot: ['^src/main/', '^src/core/'] },
    },
    {
      name: 'renderer-slice-apart',
      comment: 'slices meet by session.open, never by import',
      severity: 'error',
      from: { path: '^src/renderer/(?!ui/|session/)([^/]+)/' },
      to: { path: '^src/renderer/(?!ui/|session/)[^/]+/', pathNot: '^src/renderer/$1/' },
    },
    {
      name: 'ui-knows-no-slice',
      severity: 'error',
      from: { path: '^src/renderer/ui/' },
      to: { path: '^src/renderer/', pathNot: '^src/renderer/ui/' },
    },
    {
      name: 'only-stores-call',
      comment: 'views see stores; stores alone see the api',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: '(/store[.]ts|^src/renderer/(main[.]tsx|session/[^/]+[.]ts))$' },
      to: { path: '^src/renderer/api[.]ts$' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|test/output)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
