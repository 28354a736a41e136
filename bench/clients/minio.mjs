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
  // A single PUT, as the other clients send; by default minio splits the stream into parts.
  const minio = new Client({ ...settings, partSize: 512 * 1024 * 1024 })
  const multipartClient = new Client(settings)
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
      await multipartClient.fPutObject(bucket, key, path)
    },
    downloadFile: (key, path) => multipartClient.fGetObject(bucket, key, path),
  }
}
