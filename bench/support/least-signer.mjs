/** The least signature that R2 accepts, with `node:crypto`: no signed payload, one path, a cached key. */
import { createHash, createHmac } from 'node:crypto'

const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const hmac = (key, text) => createHmac('sha256', key).update(text).digest()

/** @returns {{ pathOf: (key: string) => string, headersFor: (method: string, path: string) => Record<string, string> }} */
export const leastSigner = ({ endpoint, bucket, credentials }) => {
  const { host, pathname } = new URL(endpoint)
  const base = pathname === '/' ? '' : pathname
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
  return { pathOf: (key) => `${base}/${bucket}/${key}`, headersFor }
}
