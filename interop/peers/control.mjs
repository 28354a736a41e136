/**
 * Prepares and inspects a bucket, directly at the server and not through the proxy, so that no client verifies itself.
 * Requests are signed over the unparsed path: URL parsing would make some keys unreachable.
 */
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'

const sha256 = (data) => createHash('sha256').update(data).digest('hex')
const hmac = (key, data) => createHmac('sha256', key).update(data).digest()
const percent = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

const sign = (method, host, path, { accessKeyId, secretAccessKey }, payloadHash) => {
  const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const day = now.slice(0, 8)
  const names = 'host;x-amz-content-sha256;x-amz-date'
  const [plain, query = ''] = path.split('?')
  const canonical = `${method}\n${plain}\n${query}\nhost:${host}\nx-amz-content-sha256:${payloadHash}\nx-amz-date:${now}\n\n${names}\n${payloadHash}`
  const scope = `${day}/auto/s3/aws4_request`
  const key = [day, 'auto', 's3', 'aws4_request'].reduce((last, part) => hmac(last, part), `AWS4${secretAccessKey}`)
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${now}\n${scope}\n${sha256(canonical)}`).toString('hex')
  return {
    host,
    'x-amz-date': now,
    'x-amz-content-sha256': payloadHash,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
}

export const openControl = ({ endpoint, credentials }, bucket) => {
  const { host, hostname, port } = new URL(endpoint)
  const send = async (method, path, body = Buffer.alloc(0)) => {
    const headers = { ...sign(method, host, path, credentials, sha256(body)), 'content-length': body.length }
    const outgoing = request({ hostname, port, method, path, headers, agent: false })
    outgoing.end(body)
    const [response] = await once(outgoing, 'response')
    const chunks = []
    for await (const chunk of response) chunks.push(chunk)
    return { status: response.statusCode, body: Buffer.concat(chunks) }
  }
  const expectOk = async (response) => {
    const { status, body } = await response
    if (status >= 300) throw new Error(`control: ${status} ${body}`)
    return body
  }
  const pathOf = (key) => `/${bucket}/${key.split('/').map(percent).join('/')}`
  return {
    makeBucket: () => expectOk(send('PUT', `/${bucket}`)),
    hasBucket: async () => (await send('HEAD', `/${bucket}`)).status === 200,
    put: (key, body) => expectOk(send('PUT', pathOf(key), body)),
    /** The object's bytes, or `undefined` if there is no such object. */
    async get(key) {
      const response = await send('GET', pathOf(key))
      return response.status === 404 ? undefined : expectOk(response)
    },
    remove: (key) => expectOk(send('DELETE', pathOf(key))),
  }
}
