import { AwsClient } from 'aws4fetch'

/** aws4fetch signs the requests, Node's `fetch` sends them. */
export const connect = ({ endpoint, bucket, credentials }) => {
  const aws = new AwsClient({ ...credentials, service: 's3', region: 'auto', retries: 0 })
  const url = (key) => `${endpoint}/${bucket}/${key}`
  const checked = (response) => {
    if (response.ok) return response
    throw new Error(`status ${response.status}`)
  }
  return {
    get: async (key) => (await checked(await aws.fetch(url(key))).arrayBuffer()).byteLength,
    put: async (key, body) => {
      await checked(await aws.fetch(url(key), { method: 'PUT', body })).arrayBuffer()
    },
    async getStream(key) {
      let bytes = 0
      for await (const chunk of checked(await aws.fetch(url(key))).body) bytes += chunk.byteLength
      return bytes
    },
  }
}
