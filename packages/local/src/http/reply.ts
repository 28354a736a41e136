/** The result of an operation or an error, independent of the connection that it is sent on. */
import { xmlDocument, xmlValue } from 'r2kit/protocol'
import type { S3Error } from '../errors/s3-error.js'

export interface Reply {
  readonly status: number
  /** By lower-case name. Neither `content-length` of a body nor the fields that every response has: the sender adds them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: ReplyBody
}

export type ReplyBody =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'stream'
      /** In bytes, at least 1. */
      readonly length: number
      /** Already open: the receiver must iterate it or call `return` on its iterator. */
      readonly source: AsyncIterable<Uint8Array>
    }

export const emptyReply = (status: number, headers: Reply['headers'] = {}): Reply => ({ status, headers })

export const xmlReply = (document: string, headers: Reply['headers'] = {}): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body: { kind: 'text', text: document },
})

/** R2's error document: code, message and additional fields, without S3's namespace and request ID. */
export const errorReply = (error: S3Error): Reply => {
  const fields = (error.extras.fields ?? []).map(([name, text]) => xmlValue(name, text)).join('')
  const markup = xmlValue('Code', error.code) + xmlValue('Message', error.message) + fields
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', ...error.extras.headers },
    body: { kind: 'text', text: xmlDocument('Error', markup, '') },
  }
}
