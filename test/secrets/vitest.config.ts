/** The search for secrets has a run of its own (`npm run test:secrets`): it drives some 600 calls and reads all that they show. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const conditions = ['r2kit-source', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions, alias: { '#test': fileURLToPath(new URL('..', import.meta.url)) } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { include: ['test/secrets/**/*.test.ts'], testTimeout: 60_000 },
})
