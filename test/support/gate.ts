/**
 * A proxy before a server that lets so many parts and ranges pass and holds the others without a response, so that a process
 * can be ended in the middle of a transfer, wherever the machine's speed would have put it.
 */
import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Gate extends AsyncDisposable {
  readonly endpoint: string
  /** From now on: how many parts (up) and ranges (down) pass. */
  allow(count: number): void
}

export const startGate = async (endpoint: string): Promise<Gate> => {
  const { hostname, port } = new URL(endpoint)
  let left = Number.POSITIVE_INFINITY
  const server = createServer((request, response) => {
    const { method, url, headers } = request
    const carriesBytes = method === 'PUT' ? url?.includes('partNumber=') === true : headers.range !== undefined
    if (carriesBytes && left-- <= 0) return
    // Path and headers as they came: the signature is over them.
    // A connection of its own for each: one that the server has just let go would cost a part, and its repetition a place.
    const forwarded = forward({ hostname, port, path: url, method, headers, agent: false }, (upstream) => {
      response.writeHead(upstream.statusCode ?? 502, upstream.headers)
      upstream.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    response.on('close', () => forwarded.destroy())
    request.pipe(forwarded)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    allow: (count) => {
      left = count
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
