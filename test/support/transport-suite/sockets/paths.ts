/** Paths reach the wire unchanged. */
import { describe, expect, test } from 'vitest'
import { responding } from '../../raw-server.js'
import { pair, request } from '../setup.js'
import { type SocketsUnderTest, text, withConnections } from './setup.js'

export const pathsSuite = ({ name, open }: SocketsUnderTest): void => {
  const create = withConnections(open)

  describe(`${name}: paths`, () => {
    test.each([
      '/b/a/../b',
      '/b/./a',
      '/b/..',
      '/b/.',
      '/b/../../etc/passwd',
      '/b//',
      '/b//a//b/',
      '/b/%2F',
      '/b/%2e%2e/a',
      '/b/%2E',
      '/b/%5C..%5C',
      '/b/%00',
      '/b/%3F%23%26%25',
      '/b/a%20b%09',
      '/b/%F0%9F%98%80',
      "/b/~-_.!*'()",
    ])('sends the path %s unchanged', async (path) => {
      const { transport, server } = await pair(
        create,
        responding(({ target }, _, peer) => peer.response(200, target)),
      )
      expect(transport.cannotSend?.(path)).toBeUndefined()
      expect(text(await transport.send(request(server, { path })))).toBe(path)
      expect(text(await transport.send(request(server, { path, query: 'x=..%2F' })))).toBe(`${path}?x=..%2F`)
    })
  })
}
