/** A proxy that records the parts that a server accepted, independently of what the client reports. */
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CountingProxy extends AsyncDisposable {
  readonly endpoint: string
  /** Numbers of the accepted parts, in the order of the responses. */
  readonly parts: number[]
  /** Called after each accepted part with the number of parts so far. */
  onPart: (count: number) => void
  /** Waits until no request is pending. Requests of a killed process may still be in flight. */
  idle(): Promise<void>
}

export const countingProxy = async (target: string): Promise<CountingProxy> => {
  const parts: number[] = []
  const pending = new Set<Promise<void>>()
  const listener = createServer((incoming, response) => {
    const { method, url, headers } = incoming
    const forwarded = send(target, { method, path: url, headers, setHost: false }, (upstream) => {
      const partNumber = /[?&]partNumber=(\d+)/.exec(url ?? '')?.[1]
      if (method === 'PUT' && partNumber !== undefined && upstream.statusCode === 200) {
        parts.push(Number(partNumber))
        proxy.onPart(parts.length)
      }
      response.writeHead(upstream.statusCode ?? 502, upstream.headers)
      upstream.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    const closed = new Promise<void>((resolve) => forwarded.on('close', resolve))
    pending.add(closed)
    void closed.then(() => pending.delete(closed))
    incoming.on('close', () => {
      if (!incoming.complete) forwarded.destroy()
    })
    incoming.pipe(forwarded)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const proxy: CountingProxy = {
    endpoint: `http://127.0.0.1:${port}`,
    parts,
    onPart: () => undefined,
    async idle() {
      while (pending.size > 0) await Promise.all(pending)
    },
    async [Symbol.asyncDispose]() {
      listener.closeAllConnections()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
  return proxy
}
