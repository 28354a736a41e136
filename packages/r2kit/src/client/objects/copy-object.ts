import { encodeKeyPath } from '../../base/encode.js'
import { R2Error } from '../../errors/index.js'
import { type HeaderFields, headerOf } from '../../http/index.js'
import { type CopyResult, readCopyResult } from '../../xml/documents.js'
import { checkDescription } from '../fields/check-description.js'
import { addConditions, type Conditions, isConditional, type WriteConditions } from '../fields/conditions.js'
import { addDescription, type ObjectDescription } from '../fields/description.js'
import { checkObject, type ObjectAddress } from '../fields/object-address.js'
import { addCustomerKey, type CustomerKey } from '../fields/ssec.js'
import { defineOperation } from '../operation.js'
import { documentOf, isMd5, settler, strongEtags, tellingEtag } from '../settle-write.js'

/** Conditions on the object that is copied from. */
export interface SourceConditions {
  readonly sourceIfMatch?: string | readonly string[]
  readonly sourceIfNoneMatch?: string | readonly string[]
  readonly sourceIfModifiedSince?: Date
  readonly sourceIfUnmodifiedSince?: Date
}

/**
 * A copy inside R2: no byte passes through here. `ifMatch` and its kin are conditions on the target
 * (`cf-copy-destination-if-*`, R2's own extension, beta); they are tested when the copy is committed, those on the source
 * when it is chosen. Where an answer is lost, the copy is recognised by the ETag that `sourceIfMatch` names; without one the
 * error is `OutcomeUnknown` as soon as there is any new object. Source: developers.cloudflare.com/r2/api/s3/extensions.
 */
export interface CopyObjectInput extends ObjectAddress, ObjectDescription, WriteConditions, SourceConditions {
  readonly source: ObjectAddress
  /** COPY keeps the source's metadata, REPLACE takes only this request's, MERGE adds this request's to it. @defaultValue COPY */
  readonly metadataDirective?: 'COPY' | 'REPLACE' | 'MERGE'
  /** The key the source is encrypted with. */
  readonly sourceSsec?: CustomerKey
}

export interface CopyObjectOutput extends CopyResult {
  readonly versionId: string | undefined
  readonly sourceVersionId: string | undefined
  readonly requestId: string | undefined
}

const directives: readonly unknown[] = [undefined, 'COPY', 'REPLACE', 'MERGE']

export const copyObject = defineOperation<CopyObjectInput, CopyObjectOutput>({
  name: 'CopyObject',
  idempotent: true,
  timeoutClass: 'object',
  mayFailLate: true,
  validate(input, { rules }) {
    checkObject(input, rules)
    checkObject(input.source, rules)
    checkDescription(input, rules)
    if (!directives.includes(input.metadataDirective)) {
      throw new R2Error(
        'InvalidInput',
        `metadataDirective is ${JSON.stringify(input.metadataDirective)}; R2 has COPY, REPLACE and MERGE`,
        {
          field: 'metadataDirective',
        },
      )
    }
  },
  encode(input) {
    const headers: HeaderFields = { 'x-amz-copy-source': copySource(input.source) }
    addDescription(headers, input)
    addConditions(headers, input, 'cf-copy-destination-')
    addConditions(headers, sourceConditions(input), 'x-amz-copy-source-')
    addCustomerKey(headers, input.sourceSsec, true)
    if (input.metadataDirective !== undefined) headers['x-amz-metadata-directive'] = input.metadataDirective
    const { bucket, key } = input
    const repeatable = !isConditional(input)
    return { method: 'PUT', bucket, key, headers, repeatable, ...(repeatable ? {} : { settle: settleCopy(input) }) }
  },
  decode: ({ headers, body }) => ({
    ...readCopyResult(body as Uint8Array),
    versionId: headerOf(headers, 'x-amz-version-id'),
    sourceVersionId: headerOf(headers, 'x-amz-copy-source-version-id'),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})

const settleCopy = (input: CopyObjectInput) => {
  const metadata = input.metadataDirective === 'REPLACE' ? (input.metadata ?? {}) : undefined
  return settler({
    bucket: input.bucket,
    key: input.key,
    ssec: input.ssec,
    etag: () => tellingEtag(etagOfSource(input), metadata),
    metadata,
    replaces: strongEtags(input.ifMatch),
    needsProof: input.lostAnswer === 'proven',
    answer: (found) => documentOf('CopyObjectResult', found),
  })
}

/** Known where the caller named it, and kept by the copy of an object that was made in one piece and is not encrypted. */
const etagOfSource = ({ ssec, sourceSsec, sourceIfMatch }: CopyObjectInput): string | undefined => {
  const [etag, ...others] = strongEtags(sourceIfMatch)
  const isKnown = ssec === undefined && sourceSsec === undefined && others.length === 0
  return isKnown && etag !== undefined && isMd5(etag) ? etag : undefined
}

/** The source as a header: percent-encoded, since headers carry ASCII only; R2 decodes it once. */
export const copySource = ({ bucket, key }: ObjectAddress): string => `/${bucket}/${encodeKeyPath(key)}`

const sourceConditions = (input: SourceConditions): Conditions => ({
  ...(input.sourceIfMatch === undefined ? {} : { ifMatch: input.sourceIfMatch }),
  ...(input.sourceIfNoneMatch === undefined ? {} : { ifNoneMatch: input.sourceIfNoneMatch }),
  ...(input.sourceIfModifiedSince === undefined ? {} : { ifModifiedSince: input.sourceIfModifiedSince }),
  ...(input.sourceIfUnmodifiedSince === undefined ? {} : { ifUnmodifiedSince: input.sourceIfUnmodifiedSince }),
})
