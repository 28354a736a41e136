/** R2's error document: code and message only, without S3's namespace and without a request id. */
import { xmlDocument, xmlValue } from 'r2kit/protocol'
import type { S3Error } from '../errors/s3-error.js'
import type { Reply } from './reply.js'

export const errorReply = (error: S3Error): Reply => {
  const fields = (error.extras.fields ?? []).map(([name, text]) => xmlValue(name, text)).join('')
  const markup = xmlValue('Code', error.code) + xmlValue('Message', error.message) + fields
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', ...error.extras.headers },
    body: { kind: 'text', text: xmlDocument('Error', markup, '') },
  }
}
