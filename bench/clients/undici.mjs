/**
 * The floor: the least work for which R2 accepts a request. Signs with `node:crypto`, sends with a bare `dispatch`, checks
 * the status and collects the body.
 */
import { createHash, createHmac } from 'node:crypto'
import { Pool } from 'undici'

const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const noop = () => undefined
const hmac = (key, text) => createHmac('sha256', key).update(text).digest()

export const connect = ({ endpoint, bucket, credentials }) => {
  const { origin, host, pathname } = new URL(endpoint)
  const base = pathname === '/' ? '' : pathname
  const pool = new Pool(origin, { connections: 32, headersTimeout: 0, bodyTimeout: 0 })
  const { accessKeyId, secretAccessKey } = credentials
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '')
  const scope = `${day}/auto/s3/aws4_request`
  const signingKey = [day, 'auto', 's3', 'aws4_request'].reduce(hmac, `AWS4${secretAccessKey}`)
  const signedHeaders = 'host;x-amz-content-sha256;x-amz-date'
  const payload = 'UNSIGNED-PAYLOAD'

  const headersFor = (method, path) => {
    const date = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
    const request = `${method}\n${path}\n\nhost:${host}\nx-amz-content-sha256:${payload}\nx-amz-date:${date}\n\n${signedHeaders}\n${payload}`
    const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(request)}`
    const signature = createHmac('sha256', signingKey).update(text).digest('hex')
    return {
      host,
      'x-amz-content-sha256': payload,
      'x-amz-date': date,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
    }
  }

  const send = (method, key, body, onChunk, contentLength) =>
    new Promise((resolve, reject) => {
      const path = `${base}/${bucket}/${key}`
      const headers = headersFor(method, path)
      if (contentLength !== undefined) headers['content-length'] = String(contentLength)
      let status = 0
      pool.dispatch(
        { method, path, headers, body },
        {
          onConnect: noop,
          onHeaders(code) {
            status = code
            return true
          },
          onData(chunk) {
            onChunk(chunk)
            return true
          },
          onComplete: () => (status === 200 ? resolve() : reject(new Error(`status ${status}`))),
          onError: reject,
        },
      )
    })

  return {
    async get(key) {
      const chunks = []
      await send('GET', key, null, (chunk) => chunks.push(chunk))
      return Buffer.concat(chunks).byteLength
    },
    put: (key, body) => send('PUT', key, body, noop),
    async getStream(key) {
      let bytes = 0
      await send('GET', key, null, (chunk) => {
        bytes += chunk.byteLength
      })
      return bytes
    },
    putStream: (key, body, contentLength) => send('PUT', key, body, noop, contentLength),
  }
}
