import { errorTable, type S3ErrorCode } from './error-table.js'

interface S3ErrorExtras {
  /** Elements after `Message`, in order. */
  readonly fields?: readonly (readonly [name: string, text: string])[]
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal on its way to the client. Any stage of a request may throw it; the server turns it into R2's error document. */
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

/** R2's many `InvalidArgument`s differ in their text only. */
export const invalidArgument = (message: string): S3Error => new S3Error('InvalidArgument', message)

/** R2's answer to what it recognises and does not offer. */
export const notImplemented = (what: string): S3Error => new S3Error('NotImplemented', `${what} not implemented`)
