/** The floor of a runtime that has `fetch`: the least work for which R2 accepts a request. */
import { leastSigner } from '../support/least-signer.mjs'

export const connect = ({ endpoint, bucket, credentials }) => {
  const { origin } = new URL(endpoint)
  const { pathOf, headersFor } = leastSigner({ endpoint, bucket, credentials })
  const send = async (method, key, body) => {
    const path = pathOf(key)
    const { host: _, ...headers } = headersFor(method, path)
    const response = await fetch(`${origin}${path}`, { method, headers, body })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return response
  }
  return {
    get: async (key) => (await (await send('GET', key)).arrayBuffer()).byteLength,
    put: async (key, body) => {
      await (await send('PUT', key, body)).arrayBuffer()
    },
    async getStream(key) {
      let bytes = 0
      for await (const chunk of (await send('GET', key)).body) bytes += chunk.byteLength
      return bytes
    },
  }
}
