import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Tests read the packages' sources (condition `r2kit-source`); only tests that start a process use the built `dist`. */
const conditions = ['r2kit-source', 'node', 'import', 'default']

const testFiles = ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts']
/** Those of `http/bun` need Bun (`test/runtimes/`). */
const neverTests = [
  '**/node_modules/**',
  '**/dist/**',
  'test/long/**',
  'test/secrets/**',
  'packages/r2kit/src/http/bun/**',
]

/** Files that replace a module with `vi.mock`, or measure the heap of their process: each needs a process of its own. */
const isolatedTests = ['packages/r2kit/src/transfers/files/file-error.test.ts', 'packages/*/src/**/*.heap.test.ts']

export default defineConfig({
  resolve: { conditions, alias: { '#test': fileURLToPath(new URL('test', import.meta.url)) } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // One more than there are cores: many of these tests wait for sockets and processes.
    maxWorkers: availableParallelism() + 1,
    // Limits for tests that hang. They are generous, because a busy machine is not a failure.
    testTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: testFiles,
          exclude: [...neverTests, ...isolatedTests],
          // The files of a worker share their modules: no file may change one. It saves a third of the processor time.
          isolate: false,
          // The compiler checks these tests against the built declarations, which is what users get. They do not run.
          typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: './test/types/tsconfig.json' },
        },
      },
      {
        extends: true,
        test: { name: 'isolated', include: isolatedTests, exclude: neverTests },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts'],
      // Requirement 8.1.
      thresholds: { lines: 80, branches: 80 },
    },
  },
})
