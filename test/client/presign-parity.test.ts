/** `r2kit/presign` accepts what the client accepts, and makes the same URL of it. */
import { R2Client } from 'r2kit'
import { presignUrl } from 'r2kit/presign'
import { expect, test } from 'vitest'
import { testCredentials } from '../support/fake-transport.js'
import { VirtualClock } from '../support/virtual-clock.js'

const accountId = '0123456789abcdef0123456789abcdef'
const r2Host = `${accountId}.r2.cloudflarestorage.com`
const clock = new VirtualClock()

const endpoints = [
  ...['http://localhost:9000', 'http://localhost:9000/', 'https://h.example/base', 'https://h.example/base//'],
  ...['http://10.0.0.1:9000', 'http://h.example', 'https://H.Example:443', 'http://127.0.0.1', 'http://[::1]:9000'],
  ...['http://a.localhost', 'https://user:secret@h.example', 'https://h.example?x=1', 'https://h.example#x', 'ftp://h'],
  ...['h.example', ' https://h.example ', 'https://höst.example', 'https://h.example/a b', '', 'https://'],
  ...[`https://${r2Host}`, `http://${r2Host}`, `https://${r2Host}/b`, 'https://pub-x.r2.dev', `https://eu.${r2Host}`],
]
const places: object[] = [
  ...endpoints.map((endpoint) => ({ endpoint })),
  ...endpoints.map((endpoint) => ({ endpoint, allowInsecureEndpoint: true })),
  ...endpoints.map((endpoint) => ({ endpoint, addressing: 'virtual-host' })),
  ...endpoints.map((endpoint) => ({ endpoint, accountId, jurisdiction: 'eu' })),
  ...[accountId, accountId.toUpperCase(), 'x', ''].map((id) => ({ accountId: id })),
  ...['eu', 'us', 'fedramp', 'default', 'EU'].map((jurisdiction) => ({ accountId, jurisdiction })),
]
const requests: object[] = [
  ...['photos', 'a--b', 'ab', '1.2.3.4', 'Photos', 'a.b'].map((bucket) => ({ bucket })),
  ...['a/../b', 'ü +%', '', 'a\0', '\ud800', 'x'.repeat(1_025), '/'].map((key) => ({ key })),
  ...[59, 60, 604_800, 604_801, 1.5, 0].map((expiresInSeconds) => ({ expiresInSeconds })),
  ...[60_000, 59_000, 604_800_999, 604_801_000].map((ms) => ({ expiresAt: new Date(clock.now() + ms) })),
  { expiresAt: new Date(clock.now() + 60_000), expiresInSeconds: 60 },
]

/** The URL, or 'refused'. */
const viaClient = async (place: object, request: object): Promise<string> => {
  try {
    const r2 = new R2Client({ credentials: testCredentials, clock, ...place } as never)
    return (await r2.presign.get({ bucket: 'photos', key: 'k', ...request })).url
  } catch {
    return 'refused'
  }
}
const viaFunction = (place: object, request: object): string => {
  try {
    const input = { credentials: testCredentials, nowMs: clock.now(), method: 'GET', bucket: 'photos', key: 'k' }
    return presignUrl({ ...input, ...place, ...request } as never).url
  } catch {
    return 'refused'
  }
}

test('presignUrl accepts the endpoints of the client, and no others', async () => {
  for (const place of places) expect([place, viaFunction(place, {})]).toEqual([place, await viaClient(place, {})])
})

test('presignUrl accepts the objects and times of the client, and no others', async () => {
  for (const request of requests)
    expect([request, viaFunction({ accountId }, request)]).toEqual([request, await viaClient({ accountId }, request)])
})
