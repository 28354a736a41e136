/** The floor: the least work for which R2 accepts a request, sent with a bare `dispatch`. */
import { Pool } from 'undici'
import { leastSigner } from '../support/least-signer.mjs'

const noop = () => undefined

export const connect = ({ endpoint, bucket, credentials }) => {
  const { origin } = new URL(endpoint)
  const { pathOf, headersFor } = leastSigner({ endpoint, bucket, credentials })
  const pool = new Pool(origin, { connections: 32, headersTimeout: 0, bodyTimeout: 0 })

  const send = (method, key, body, onChunk, contentLength) =>
    new Promise((resolve, reject) => {
      const path = pathOf(key)
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
