/** The simulation keeps and changes copies: `slice()` of a Buffer is a view of the same memory, which others change or use again. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { R2Client } from 'r2kit'
import { FaultInjectionTransport, SimulatedR2, SimulationRecorder } from 'r2kit/simulation'
import { expect, test } from 'vitest'
import { testCredentials } from '#test/support/fake-transport.js'
import { errorOf } from '#test/support/results.js'
import { partBytes, pattern } from '#test/support/upload-harness.js'
import { startLocalR2 } from '../../../local/src/index.js'
import { systemClock } from '../base/clock.js'
import { bytesOfStoredBody } from './recording/stored-body.js'

const bucket = 'photos'
const endpoint = 'https://r2.test'
const at = { bucket, key: 'k' }

test('the model keeps the bytes that a Buffer had when it was stored', async () => {
  const model = new SimulatedR2(systemClock, [bucket])
  const r2 = new R2Client({ endpoint, credentials: testCredentials, transport: model })
  const body = Buffer.from('stored')
  await r2.objects.put({ ...at, body })
  body.fill(0)
  const read = await r2.objects.get(at)
  expect(read.text()).toBe('stored')
  read.body.fill(0)
  const { body: stream } = await r2.objects.getStream(at)
  for await (const chunk of stream) chunk.fill(0)
  expect((await r2.objects.get(at)).text()).toBe('stored')
})

test('a body that is corrupted on its way stays as it is for its caller', async () => {
  const inner = new SimulatedR2(systemClock, [bucket])
  const transport = new FaultInjectionTransport(inner, { rules: [{ kind: 'corrupted-request' }] })
  const r2 = new R2Client({ endpoint, credentials: testCredentials, transport, retry: { maxAttempts: 1 } })
  const body = Buffer.from('sent')
  expect(await errorOf(r2.objects.put({ ...at, body }))).toMatchObject({ code: 'IntegrityMismatch' })
  expect(String(body)).toBe('sent')
})

test('a recording has the bytes that were sent, from memory that was used again since', async () => {
  const local = await startLocalR2()
  const recorder = new SimulationRecorder()
  const { endpoint, credentials } = local
  const r2 = new R2Client({ endpoint, credentials, transport: (platform) => recorder.wrap(platform) })
  const folder = await mkdtemp(join(tmpdir(), 'r2kit-recorded-'))
  try {
    const bytes = pattern(partBytes + 7)
    const path = join(folder, 'file')
    await writeFile(path, bytes)
    await r2.buckets.create({ bucket })
    await r2.transfers.upload({ path }, at, { thresholdBytes: 1, partSizeBytes: partBytes })
    const body = Buffer.from('in memory')
    await r2.objects.put({ bucket, key: 'small', body })
    body.fill(0)
    const recorded = Object.values(recorder.export().bodies).map(
      (stored) => bytesOfStoredBody(stored) ?? Buffer.alloc(0),
    )
    for (const sent of [bytes.subarray(0, partBytes), bytes.subarray(partBytes), Buffer.from('in memory')])
      expect(recorded.some((each) => Buffer.compare(each, sent) === 0)).toBe(true)
  } finally {
    await r2.dispose()
    await local.close()
    await rm(folder, { recursive: true })
  }
})
