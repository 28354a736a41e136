/**
 * A loopback proxy between a client and the local R2 that records requests and injects faults of networks and servers.
 * It forwards paths byte for byte.
 */
import { once } from 'node:events'
import { createServer, request } from 'node:http'

const readAll = async (stream) => {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A copy of the bytes with one bit of the middle byte flipped. */
const corrupted = (bytes) => {
  const copy = Buffer.from(bytes)
  copy[copy.length >> 1] ^= 1
  return copy
}

/** The body of a response from an S3 server that failed after it had sent the status 200. */
const errorIn200 =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>'

/** Fault → the requests that it applies to. */
const faults = {
  breakBody: { matches: ({ method }) => method === 'GET' },
  corruptBody: { matches: ({ method, body }) => method === 'PUT' && body.length > 1000 },
  errorIn200: { matches: ({ method, path }) => method === 'POST' && /[?&]uploadId=/.test(path) },
}

/** Opens a proxy to `target`. `armFault(fault)` injects the fault into the next request that it applies to, once. */
export const openFaultProxy = async (target) => {
  const { hostname, port } = new URL(target)
  const requests = []
  let armed

  const takeFault = (received) => {
    if (armed === undefined || !faults[armed].matches(received)) return undefined
    const fault = armed
    armed = undefined
    return fault
  }

  const forward = async (incoming, outgoing) => {
    const received = { method: incoming.method, path: incoming.url, body: await readAll(incoming) }
    requests.push({ method: received.method, path: received.path, range: incoming.headers.range })
    const fault = takeFault(received)
    if (fault === 'errorIn200') {
      outgoing.writeHead(200, { 'content-type': 'application/xml' }).end(errorIn200)
      return
    }
    const upstream = request({
      hostname,
      port,
      method: received.method,
      path: received.path,
      headers: incoming.headers,
      agent: false,
    })
    upstream.end(fault === 'corruptBody' ? corrupted(received.body) : received.body)
    const [response] = await once(upstream, 'response')
    const body = await readAll(response)
    outgoing.writeHead(response.statusCode, response.rawHeaders)
    if (fault === 'breakBody') outgoing.write(body.subarray(0, body.length >> 1), () => outgoing.socket.end())
    else outgoing.end(body)
  }
  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch((error) => outgoing.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    requests,
    armFault(fault) {
      armed = fault
    },
    /** Whether the armed fault was injected. A verdict without it proves nothing. */
    hasInjectedFault: () => armed === undefined,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
