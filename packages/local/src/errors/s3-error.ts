import { errorTable, type S3ErrorCode } from './error-table.js'

interface S3ErrorExtras {
  /** Elements of the error document after `Message`, in order. */
  readonly fields?: readonly (readonly [name: string, text: string])[]
  /** Header fields of the error response. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An error that the client receives: any stage of a request may throw it, and the server sends it as R2's error document. */
export class S3Error extends Error {
  override readonly name = 'S3Error'
  readonly code: S3ErrorCode
  readonly status: number
  readonly extras: S3ErrorExtras

  constructor(code: S3ErrorCode, message: string = errorTable[code].message, extras: S3ErrorExtras = {}) {
    super(message)
    this.code = code
    this.status = errorTable[code].status
    this.extras = extras
  }
}

/** R2 returns `InvalidArgument` for many reasons; only the message differs. */
export const invalidArgument = (message: string): S3Error => new S3Error('InvalidArgument', message)

/** R2's error for features that it recognises but does not have. */
export const notImplemented = (feature: string): S3Error => new S3Error('NotImplemented', `${feature} not implemented`)

/** R2's error for a header field, or a value of it, that it recognises but does not support. */
export const headerNotImplemented = (name: string, value: string): S3Error =>
  notImplemented(`Header '${name}' with value '${value}'`)
