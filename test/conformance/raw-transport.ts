/** Sends a request by node:http as it is: path, header fields and body unchanged, on a connection of its own. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { HttpRequest, HttpResponse, Transport } from 'r2kit'

export const rawTransport: Transport = {
  name: 'raw',
  send: (request) => send(request),
  close: async () => undefined,
}

const send = ({ method, origin, path, query, headers, body, bounds }: HttpRequest): Promise<HttpResponse> => {
  const { protocol, hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const start = protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = start({
      ...{ host: hostname, method, agent: false, timeout: bounds.timeoutMs },
      path: query === '' ? path : `${path}?${query}`,
      ...(port === '' ? {} : { port: Number(port) }),
      headers,
    })
    outgoing.once('error', reject)
    outgoing.once('timeout', () =>
      outgoing.destroy(new Error(`${method} ${path}: no response within ${bounds.timeoutMs} ms`)),
    )
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.once('error', reject)
      incoming.once('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
          body: Buffer.concat(chunks),
        }),
      )
    })
    if (body.kind === 'bytes') outgoing.write(body.bytes)
    outgoing.end()
  })
}
