/**
 * A proxy that forwards a limited number of parts and ranges and never responds to the others. A test can then end a
 * process in the middle of a transfer, independently of the speed of the machine.
 */
import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface TransferGate extends AsyncDisposable {
  readonly endpoint: string
  /** Sets the number of parts (uploads) and ranges (downloads) that are forwarded from now on. */
  allow(count: number): void
}

export const startTransferGate = async (endpoint: string): Promise<TransferGate> => {
  const { hostname, port } = new URL(endpoint)
  let remaining = Number.POSITIVE_INFINITY
  const server = createServer((request, response) => {
    const { method, url, headers } = request
    const carriesBytes = method === 'PUT' ? url?.includes('partNumber=') === true : headers.range !== undefined
    if (carriesBytes && remaining-- <= 0) return
    // Path and headers are forwarded unchanged, because the signature covers them.
    // No keep-alive: if the server closed an idle connection, the part would fail, and its retry would count again.
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
      remaining = count
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
