/**
 * A loopback wire between a client and the local R2 that remembers what was asked, and misbehaves on request: the faults a
 * network and a server really have. Paths are passed on byte for byte.
 */
import { once } from 'node:events'
import { createServer, request } from 'node:http'

const readAll = async (stream) => {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The same bytes with one bit of the middle one turned over. */
const corrupted = (bytes) => {
  const copy = Buffer.from(bytes)
  copy[copy.length >> 1] ^= 1
  return copy
}

/** Answers of an S3 server that failed after it had promised success: status 200, and an error document. */
const errorIn200 =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>'

/** Faults by name: which request, and what happens to it. */
const faults = {
  breakBody: { matches: ({ method }) => method === 'GET' },
  corruptBody: { matches: ({ method, body }) => method === 'PUT' && body.length > 1000 },
  errorIn200: { matches: ({ method, path }) => method === 'POST' && /[?&]uploadId=/.test(path) },
}

/** Opens a wire to `target`. `misbehave(fault)` arms one fault, for the next request that it concerns and no other. */
export const openWire = async (target) => {
  const { hostname, port } = new URL(target)
  const requests = []
  let armed

  const takeFault = (asked) => {
    if (armed === undefined || !faults[armed].matches(asked)) return undefined
    const fault = armed
    armed = undefined
    return fault
  }

  const pass = async (incoming, outgoing) => {
    const asked = { method: incoming.method, path: incoming.url, body: await readAll(incoming) }
    requests.push({ method: asked.method, path: asked.path, range: incoming.headers.range })
    const now = takeFault(asked)
    if (now === 'errorIn200') {
      outgoing.writeHead(200, { 'content-type': 'application/xml' }).end(errorIn200)
      return
    }
    const onward = request({
      hostname,
      port,
      method: asked.method,
      path: asked.path,
      headers: incoming.headers,
      agent: false,
    })
    onward.end(now === 'corruptBody' ? corrupted(asked.body) : asked.body)
    const [response] = await once(onward, 'response')
    const body = await readAll(response)
    outgoing.writeHead(response.statusCode, response.rawHeaders)
    if (now === 'breakBody') outgoing.write(body.subarray(0, body.length >> 1), () => outgoing.socket.end())
    else outgoing.end(body)
  }
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch((error) => outgoing.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    requests,
    misbehave(fault) {
      armed = fault
    },
    /** Whether the fault that was armed has happened: what a client did without it proves nothing. */
    hasMisbehaved: () => armed === undefined,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
