import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Sources for Bun, as its programs get them. */
const conditions = ['r2kit-source', 'bun', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions, alias: { '#test': fileURLToPath(new URL('..', import.meta.url)) } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/r2kit/src/http/bun/*.test.ts',
      'packages/r2kit/src/http/http1/*.test.ts',
      'packages/r2kit/src/http/process.test.ts',
      'packages/r2kit/src/http/undici/http2-session.test.ts',
      'packages/r2kit/src/http/undici/proxy-*.test.ts',
      'packages/r2kit/src/base/hash/*.test.ts',
      'packages/r2kit/src/base/checksums/*.test.ts',
    ],
    testTimeout: 20_000,
    maxWorkers: 2,
  },
})
