import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Tests read the packages' sources (condition `r2kit-source`); only tests that start a process use the built `dist`. */
const conditions = ['r2kit-source', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions, alias: { '#test': fileURLToPath(new URL('test', import.meta.url)) } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', 'test/long/**'],
    // One more than there are cores: many of these tests wait for sockets and processes.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 20_000,
    // The compiler checks these tests against the built declarations, which is what users get. They do not run.
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: './test/types/tsconfig.json' },
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], exclude: ['**/*.test.ts'] },
  },
})
