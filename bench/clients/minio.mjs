import { Readable } from 'node:stream'
import { Client } from 'minio'

export const connect = ({ endpoint, bucket, credentials }) => {
  const { hostname, port, protocol } = new URL(endpoint)
  const settings = {
    endPoint: hostname,
    port: Number(port),
    useSSL: protocol === 'https:',
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
    region: 'auto',
  }
  // One PUT, as the others do; by default it would cut the stream into parts.
  const minio = new Client({ ...settings, partSize: 512 * 1024 * 1024 })
  const inParts = new Client(settings)
  const read = async (key) => {
    let bytes = 0
    for await (const chunk of await minio.getObject(bucket, key)) bytes += chunk.byteLength
    return bytes
  }
  return {
    get: read,
    put: async (key, body) => {
      await minio.putObject(bucket, key, body)
    },
    getStream: read,
    putStream: async (key, body, contentLength) => {
      await minio.putObject(bucket, key, Readable.from(body, { objectMode: false }), contentLength)
    },
    uploadFile: async (key, path) => {
      await inParts.fPutObject(bucket, key, path)
    },
    downloadFile: (key, path) => inParts.fGetObject(bucket, key, path),
  }
}
