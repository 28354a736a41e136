/**
 * CopyObject: the copy shares the source's bytes. The source's conditions are checked when it is read, the target's in the
 * commit. An object may be copied onto itself. MERGE is R2's own directive: the request's metadata is added to the source's.
 */
import { xmlDocument, xmlValue } from 'r2kit/protocol'
import { invalidArgument, S3Error } from '../errors/s3-error.js'
import { type Reply, xmlReply } from '../http/reply.js'
import { readConditions, requireConditions } from '../objects/conditions.js'
import { customerKeyHeaders } from '../objects/customer-key.js'
import { readDescription } from '../objects/description.js'
import { uploadedForm } from '../objects/keys.js'
import { isoTime } from '../objects/listing.js'
import { asS3Error, requireBucket } from '../objects/lookup.js'
import { maxContentBytes } from '../objects/receive-content.js'
import type { Description, ObjectRecord } from '../storage/index.js'
import type { ObjectCall } from './call.js'
import { openCopySource } from './copy-source.js'

export const copyObject = async (call: ObjectCall): Promise<Reply> => {
  const { server, bucket, key, keyAsSent, headers } = call
  const given = readDescription(headers)
  const directive = readDirective(headers['x-amz-metadata-directive'])
  const targetConditions = readConditions(headers, 'cf-copy-destination-')
  requireBucket(server.storage, bucket)
  const { object: source, staged } = await openCopySource(call, wholeObject)
  try {
    server.writeRate?.admit(bucket, key)
    const description = targetDescription(directive, source, given)
    const { checksum, partSizes, etag } = source
    const object = await server.storage.putObject(bucket, key, (current) => {
      requireConditions(targetConditions, current)
      return {
        ...description,
        ...uploadedForm(keyAsSent, key),
        content: staged.content,
        etag,
        lastModifiedMs: server.clock.now(),
        ...(checksum === undefined ? {} : { checksum }),
        ...(partSizes === undefined ? {} : { partSizes }),
      }
    })
    const markup = xmlValue('ETag', `"${etag}"`) + xmlValue('LastModified', isoTime(object.lastModifiedMs))
    return xmlReply(xmlDocument('CopyObjectResult', markup), customerKeyHeaders(description.ssecKeyMd5))
  } catch (error) {
    await staged.discard()
    throw asS3Error(error)
  }
}

const wholeObject = ({ content }: ObjectRecord): undefined => {
  if (content.size > maxContentBytes) throw new S3Error('EntityTooLarge')
}

type Directive = 'COPY' | 'REPLACE' | 'MERGE'

const readDirective = (text = 'COPY'): Directive => {
  if (text === 'COPY' || text === 'REPLACE' || text === 'MERGE') return text
  throw invalidArgument(`metadata directive ${text}.`)
}

/** Storage class and SSE-C key are always those of the request: the directive applies to metadata only. */
const targetDescription = (directive: Directive, source: ObjectRecord, given: Description): Description => {
  switch (directive) {
    case 'REPLACE':
      return given
    case 'COPY':
      return { ...given, httpMetadata: source.httpMetadata, metadata: source.metadata }
    case 'MERGE':
      return {
        ...given,
        httpMetadata: { ...source.httpMetadata, ...given.httpMetadata },
        metadata: { ...source.metadata, ...given.metadata },
      }
  }
}
