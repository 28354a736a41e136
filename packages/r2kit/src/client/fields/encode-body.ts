import { type Body, type RequestBody, toRequestBody } from '../../http/index.js'
import type { EncodedRequest } from '../operation.js'
import { type ChecksumInput, withChecksumValue } from './checksum.js'

/** The fields of PutObjectInput and UploadPartInput that determine how a body is sent. */
interface BodyInput {
  readonly body: Body
  readonly contentLength?: number | undefined
  readonly checksum?: ChecksumInput | undefined
}

type Encode<Input> = (input: Input, body: RequestBody) => EncodedRequest

/** Encodes a request with a body. Synchronous, unless a file has to be inspected or a checksum computed. */
export const encodeBody = <Input extends BodyInput>(
  input: Input,
  encode: Encode<Input>,
): EncodedRequest | Promise<EncodedRequest> => {
  const body = toRequestBody(input.body, input.contentLength)
  const lacksValue = input.checksum !== undefined && input.checksum.value === undefined
  return lacksValue || body instanceof Promise ? encodeLater(input, body, encode) : encode(input, body)
}

const encodeLater = async <Input extends BodyInput>(
  input: Input,
  pending: RequestBody | Promise<RequestBody>,
  encode: Encode<Input>,
): Promise<EncodedRequest> => {
  const body = await pending
  if (input.checksum === undefined || input.checksum.value !== undefined) return encode(input, body)
  return encode({ ...input, checksum: await withChecksumValue(input.checksum, body) }, body)
}
