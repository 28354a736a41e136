/** Transfers with real sockets: a host that cannot be reached fails them in seconds, and a connection that breaks does not. */
import { createServer, type Server } from 'node:net'
import { R2Client as Client, type R2Client } from 'r2kit'
import { describe, expect, test } from 'vitest'
import { testCredentials } from '../support/fake-transport.js'
import { errorOf } from '../support/results.js'
import { bucket, partBytes, pattern, uploadHarness } from '../support/upload-harness.js'

const object = { bucket, key: 'key' }

const clientOf = (endpoint: string): R2Client =>
  new Client({ endpoint, credentials: testCredentials, allowInsecureEndpoint: true })

/** A port that nothing listens on. */
const closedPort = async (): Promise<number> => {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe.each([
  ['a server that refuses connections', async () => `http://127.0.0.1:${await closedPort()}`],
  ['a host that does not resolve', async () => 'http://r2kit-test.invalid'],
])('%s', (_, endpointOf) => {
  test.each<[string, (r2: R2Client) => PromiseLike<unknown>]>([
    ['an upload', (r2) => r2.transfers.upload(pattern(1_000), object)],
    ['an upload in parts', (r2) => r2.transfers.upload(pattern(1_000), object, { thresholdBytes: 1 })],
    ['a download', (r2) => r2.transfers.download(object, 'bytes')],
  ])('fails %s within the retry policy, in seconds', async (_, transfer) => {
    await using r2 = clientOf(await endpointOf())
    const startedMs = performance.now()
    const error = await errorOf(Promise.resolve(transfer(r2)))
    expect(error).toMatchObject({ code: 'ConnectionFailed', retryVerdict: 'no-more-retries' })
    expect(performance.now() - startedMs).toBeLessThan(8_000)
  })
})

test('a connection that breaks in the middle of a transfer is retried beyond the attempts of a call', async () => {
  await using harness = await uploadHarness()
  let broken = 0
  harness.transport.faultOf = ({ name, partNumber }) =>
    name === 'UploadPart' && partNumber === 2 && ++broken <= 8
      ? { fails: broken % 2 === 0 ? 'ConnectionFailed' : 'ConnectionReset' }
      : undefined
  const bytes = pattern(2 * partBytes)
  const options = { thresholdBytes: 1, partSizeBytes: partBytes }
  expect(await harness.r2.transfers.upload(bytes, object, options)).toMatchObject({ parts: 2 })
  expect(broken).toBe(9)
  expect(Buffer.compare(await harness.read('key'), bytes)).toBe(0)
})
