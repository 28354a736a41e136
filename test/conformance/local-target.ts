import type { Target } from './target.js'

/** The local R2 as a server under test. */
export const localTarget = ({ endpoint, credentials }: Pick<Target, 'endpoint' | 'credentials'>): Target => ({
  name: 'local',
  dialect: 'r2',
  endpoint,
  region: 'auto',
  credentials,
  capabilities: { createBucket: true },
})
