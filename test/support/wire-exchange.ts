/** One HTTP exchange over a socket of its own, observed byte by byte: what arrived, and how the connection ended. */
import net from 'node:net'

export interface WireRequest {
  readonly method: string
  /** An absolute URL, such as a presigned one; its path and query are sent unchanged. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export interface WireResponse {
  /** 0 if no header section arrived. */
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /**
   * `complete`: the announced body arrived whole. `fin`: the connection closed before. `reset`: it was reset. `silent`: nothing
   * more arrived within `silenceMs`.
   */
  readonly ending: 'complete' | 'fin' | 'reset' | 'silent'
  /** From the request to the end of the exchange. */
  readonly tookMs: number
}

/** @param silenceMs - ends an exchange in which nothing arrives. @defaultValue 5,000 */
export const wireExchange = (
  { method, url, headers = {}, body = Buffer.alloc(0) }: WireRequest,
  silenceMs = 5000,
): Promise<WireResponse> =>
  new Promise((resolve, reject) => {
    const { host, hostname, port } = new URL(url)
    const target = url.slice(url.indexOf(host) + host.length)
    const startedAt = performance.now()
    let received = Buffer.alloc(0)
    const socket = net.connect(Number(port), hostname)
    const end = (ending: WireResponse['ending']): void => {
      socket.destroy()
      resolve({ ...parse(received), ending, tookMs: performance.now() - startedAt })
    }
    socket.setTimeout(silenceMs, () => end('silent'))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (isComplete(received, method)) end('complete')
    })
    socket.on('end', () => end('fin'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') end('reset')
      else reject(error)
    })
    const fields = { host, 'content-length': String(body.byteLength), ...headers }
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`)
    if (body.byteLength > 0) socket.write(body)
  })

const parse = (received: Buffer): Pick<WireResponse, 'status' | 'headers' | 'body'> => {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd < 0) return { status: 0, headers: {}, body: received }
  const [statusLine = '', ...fields] = received.subarray(0, headEnd).toString('latin1').split('\r\n')
  const headers = fields.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: received.subarray(headEnd + 4),
  }
}

const isComplete = (received: Buffer, method: string): boolean => {
  const { status, headers, body } = parse(received)
  if (status === 0) return false
  const hasNoBody = method === 'HEAD' || status === 204 || status === 304
  return body.byteLength >= (hasNoBody ? 0 : Number(headers['content-length'] ?? 0))
}
