/** Stands before a server and remembers what it answered: the server's side of the story, whatever the client says. */
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CountingProxy extends AsyncDisposable {
  readonly endpoint: string
  /** Numbers of the parts that the server took, in the order of its responses. */
  readonly parts: number[]
  /** Called with each of them. */
  onPart: (count: number) => void
  /** Waits until the server has answered, or lost, all that was sent to it: requests of a dead process may still be on their way. */
  idle(): Promise<void>
}

export const countingProxy = async (target: string): Promise<CountingProxy> => {
  const parts: number[] = []
  const open = new Set<Promise<void>>()
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
    open.add(closed)
    void closed.then(() => open.delete(closed))
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
      while (open.size > 0) await Promise.all(open)
    },
    async [Symbol.asyncDispose]() {
      listener.closeAllConnections()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
  return proxy
}
