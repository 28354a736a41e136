/** One request on its way through the server: what its operation may know and use. */
import type { Payload } from '../authentication/payload.js'
import type { LocalServer } from '../local-server.js'
import type { QueryParameters } from '../routing/query.js'
import type { IncomingBody } from './incoming-body.js'

export interface Call {
  readonly server: LocalServer
  readonly method: string
  readonly rawPath: string
  readonly rawQuery: string
  readonly query: QueryParameters
  /** By lower-case name; text, decoded from UTF-8 where it is not ASCII. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: IncomingBody
  readonly payload: Payload
  /** The server's clock when the request arrived. */
  readonly nowMs: number
}

export interface BucketCall extends Call {
  readonly bucket: string
}

export interface ObjectCall extends BucketCall {
  /** NFC, as storage knows it. */
  readonly key: string
  readonly keyAsSent: string
}
