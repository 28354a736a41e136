/**
 * Schedules in which the seeded simulation (`npm run chaos`) found a defect. A seed means another run after each change of the
 * scenario, so each one is kept as the faults and calls that it consists of.
 */
import { isR2Error } from 'r2kit'
import { circuitBreaker } from 'r2kit/resilience'
import { simulate } from 'r2kit/testing'
import { expect, test } from 'vitest'

const bucket = 'test'
const partSizeBytes = 5 * 1024 * 1024
const bytes = new Uint8Array(partSizeBytes + 1)

test('an upload that fails while the circuit breaker is open is aborted after the breaker has opened for trials (seed 408)', async () => {
  const { exchanges } = await simulate({
    client: { layers: { attempt: [circuitBreaker({ failures: 4, openMs: 10_000, successes: 1 })] } },
    faults: [
      { kind: 'reset-before-request', operation: 'CompleteMultipartUpload' },
      { kind: 'reset-before-request', operation: 'HeadObject' },
    ],
    run: async ({ r2 }) => {
      const upload = r2.transfers.upload(bytes, { bucket, key: 'film' }, { thresholdBytes: 1, partSizeBytes })
      await expect(upload).rejects.toSatisfy((error) => isR2Error(error, 'OutcomeUnknown'))
    },
  })
  // That the upload is gone is checked by `simulate` itself.
  const abort = exchanges.find(({ operation }) => operation === 'AbortMultipartUpload')
  expect(abort).toMatchObject({ outcome: 204 })
  expect(abort?.startedMs).toBeGreaterThanOrEqual(10_000)
})
