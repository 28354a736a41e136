/** In browsers, chunks are requests of their own: one that was not loaded before the connection broke cannot be loaded after it. */
import { expect, test, vi } from 'vitest'

vi.mock('./after-failure.js', () => {
  throw new TypeError('Failed to fetch dynamically imported module')
})

test('an error response whose code cannot be loaded is a broken connection with its status, and is retried', async () => {
  // Other tests may have loaded the code.
  vi.resetModules()
  const { R2Client } = await import('../../r2-client.js')
  let sent = 0
  const r2 = new R2Client({
    endpoint: 'http://localhost:9',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    retry: { baseDelayMs: 0 },
    transport: {
      name: 'a transport',
      send: async () => {
        sent++
        return { status: 404, headers: {}, body: new Uint8Array(0) }
      },
      close: async () => undefined,
    },
  })
  await expect(r2.objects.get({ bucket: 'photos', key: 'cat.jpg' })).rejects.toMatchObject({
    code: 'ConnectionReset',
    status: 404,
    operation: 'GetObject',
    attempts: 3,
    message: expect.stringContaining('could not be loaded'),
    cause: expect.any(Error),
  })
  expect(sent).toBe(3)
})
