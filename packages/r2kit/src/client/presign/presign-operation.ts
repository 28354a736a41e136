import { ClientOperation } from '../client-operation.js'
import type { ReadPermitted } from './permitted-request.js'
import type { PresignedUrl } from './presign-input.js'
import { presignUrl } from './presign-url.js'

/** The method of an operation that makes a presigned URL. */
export type PresignedMethod<Input> = (input: Input) => Promise<PresignedUrl>

/** Makes the client's operation of a presigned URL. @param permittedOf returns its request; see `requestOperation` */
export const presignOperation = <Input>(permittedOf: () => ReadPermitted): ClientOperation<PresignedMethod<Input>> =>
  new ClientOperation((runtime) => (input) => presignUrl(runtime, runtime.presign, permittedOf(), input))
