import { md5 } from '#hash'
import { bytesFromBase64, hexFromBytes } from '../../base/bytes.js'
import type { EncodedRequest } from '../operation.js'
import { settler, strongEtags, tellingEtag } from '../settle-write.js'
import type { PutObjectInput, Replacement } from './put-object.js'

/** What became of a conditional PutObject whose answer was lost. Loaded by the first put that has conditions. */
export const settlePut = (input: PutObjectInput & Replacement, request: EncodedRequest) =>
  settler({
    bucket: input.bucket,
    key: input.key,
    ssec: input.ssec,
    etag: () => tellingEtag(etagOf(input, request), input.metadata),
    metadata: input.metadata ?? {},
    replaces: strongEtags(input.ifMatch),
    replacesModified: input.replacesModified,
    needsProof: input.lostAnswer === 'proven',
    answer: ({ response }) => response,
  })

/** What the ETag of an SSE-C object is made of is not documented. */
const etagOf = ({ ssec, contentMd5 }: PutObjectInput, { body, sentMd5 }: EncodedRequest): string | undefined => {
  if (ssec !== undefined) return undefined
  if (contentMd5 !== undefined) return hexFromBytes(bytesFromBase64(contentMd5) ?? new Uint8Array(0))
  if (body?.kind === 'stream') return sentMd5 === undefined ? undefined : (sentMd5() ?? '')
  return hexFromBytes(md5(body?.kind === 'bytes' ? body.bytes : new Uint8Array(0)))
}
