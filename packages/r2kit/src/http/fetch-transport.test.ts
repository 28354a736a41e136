import { describe, expect, test } from 'vitest'
import { answering } from '../../../../test/support/raw-server.js'
import { pair, request, transportSuite } from '../../../../test/support/transport-suite.js'
import type { VirtualClock } from '../../../../test/support/virtual-clock.js'
import { FetchTransport } from './fetch-transport.js'

const create = (clock: VirtualClock) => new FetchTransport({ clock })

transportSuite({ name: 'fetch', create })

describe('paths that fetch would change', () => {
  const transport = new FetchTransport()

  test.each(['/b/../a', '/b/.', '/b/..', '/b/./a', '/b/a/..', '/b/%2e%2E/a', '/b/.%2e', '/..', '/b/a/../../c'])(
    '%s is refused',
    (path) => expect(transport.cannotSend(path)).toContain('another object'),
  )

  test.each(['/b/...', '/b/a..b', '/b/..a', '/b/.hidden', '/b/a.', '/b//', '/b/%2F..%2F', '/b/%5C..%5Ca'])(
    '%s reaches the wire as it is',
    async (path) => {
      const { transport, server } = await pair(
        create,
        answering(({ target }, _, peer) => peer.answer(200, target)),
      )
      expect(transport.cannotSend(path)).toBeUndefined()
      const { body } = await transport.send(request(server, { path, query: 'x=..%2F..' }))
      expect(Buffer.from(body as Uint8Array).toString()).toBe(`${path}?x=..%2F..`)
    },
  )
})
