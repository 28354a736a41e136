import { encodeKeyPath } from '../../base/encode.js'
import { type HeaderFields, headerOf } from '../../http/index.js'
import { moment, oneOf, refuseInput, required } from '../../validation/index.js'
import { type CopyResult, readCopyResult } from '../../xml/documents.js'
import {
  addConditions,
  type Conditions,
  etagsField,
  isConditional,
  type WriteConditions,
  writeConditionFields,
} from '../fields/conditions.js'
import {
  addDescription,
  checkDescription,
  descriptionFields,
  httpMetadataFields,
  type ObjectDescription,
} from '../fields/description.js'
import { isMd5 } from '../fields/etag.js'
import { distinctiveEtag, strongEtags } from '../fields/etag-proof.js'
import { inputOf } from '../fields/input-of.js'
import { checkObject, type ObjectAddress, objectAddressFields } from '../fields/object-address.js'
import { sourceField } from '../fields/object-source.js'
import { addCustomerKey, type CustomerKey, customerKeyField } from '../fields/ssec.js'
import { defineOperation, type WriteOutcome } from '../operation.js'
import { recoveredDocument } from '../recovered-document.js'
import { writeOutcome } from '../unknown-outcome.js'
import { headObject } from './head-object.js'

/** Conditions on the source of a copy, checked when R2 reads the source. */
export interface SourceConditions {
  /** Holds if the source has this ETag, or one of these. @defaultValue no condition */
  readonly sourceIfMatch?: string | readonly string[] | undefined
  /** Holds if the source has another ETag than this, or these. @defaultValue no condition */
  readonly sourceIfNoneMatch?: string | readonly string[] | undefined
  /** Holds if the source was written after this time, in whole seconds. @defaultValue no condition */
  readonly sourceIfModifiedSince?: Date | undefined
  /** Holds if the source was not written after this time, in whole seconds. @defaultValue no condition */
  readonly sourceIfUnmodifiedSince?: Date | undefined
}

/**
 * Input of `objects.copy`. `ifMatch` and the other conditions are conditions on the target
 * (`cf-copy-destination-if-*`, an extension of R2, beta), checked when R2 commits the copy. After an ambiguous failure the copy is
 * recognised by the ETag of `sourceIfMatch`; without one, any new object makes the outcome unknown.
 * Source: developers.cloudflare.com/r2/api/s3/extensions.
 */
export interface CopyObjectInput extends ObjectAddress, ObjectDescription, WriteConditions, SourceConditions {
  /** Address of the object to copy. */
  readonly source: ObjectAddress
  /**
   * Metadata of the copy: `COPY` keeps that of the source, `REPLACE` takes only that of this input, `MERGE` adds that of this
   * input to the source's. Required where the input has metadata, because R2 ignores it under `COPY`. @defaultValue 'COPY'
   */
  readonly metadataDirective?: 'COPY' | 'REPLACE' | 'MERGE' | undefined
  /** Key that the source is encrypted with. @defaultValue none */
  readonly sourceSsec?: CustomerKey | undefined
}

/** Output of `objects.copy`. */
export interface CopyObjectOutput extends CopyResult {
  /** ID of the version; R2 has one version of an object. */
  readonly versionId: string | undefined
  /** ID of the source's version; R2 has one version of an object. */
  readonly sourceVersionId: string | undefined
  /** CF-Ray of the response. */
  readonly requestId: string | undefined
}

/** CopyObject. */
export const copyObject = defineOperation<CopyObjectInput, CopyObjectOutput>({
  name: 'CopyObject',
  idempotent: true,
  timeoutClass: 'object',
  input: inputOf<CopyObjectInput>('CopyObject', {
    ...objectAddressFields,
    ...descriptionFields,
    ...writeConditionFields,
    source: required(sourceField),
    sourceIfMatch: etagsField,
    sourceIfNoneMatch: etagsField,
    sourceIfModifiedSince: moment,
    sourceIfUnmodifiedSince: moment,
    metadataDirective: oneOf('COPY', 'REPLACE', 'MERGE'),
    sourceSsec: customerKeyField,
  }),
  validate(input, { rules }) {
    checkObject(input, rules)
    checkObject(input.source, rules, 'source.')
    checkDescription(input, rules)
    checkDirective(input)
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
    return { method: 'PUT', bucket, key, headers, repeatable, ...(repeatable ? {} : { outcome: outcomeOf(input) }) }
  },
  decode: ({ headers, body }) => ({
    ...readCopyResult(body as Uint8Array),
    versionId: headerOf(headers, 'x-amz-version-id'),
    sourceVersionId: headerOf(headers, 'x-amz-copy-source-version-id'),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})

/** Under COPY, R2 ignores the description in the request, so it is rejected here. */
const checkDirective = (input: CopyObjectInput): void => {
  if ((input.metadataDirective ?? 'COPY') !== 'COPY') return
  const described = [...Object.keys(httpMetadataFields), 'metadata'] as (keyof ObjectDescription)[]
  const field = described.find((name) => input[name] !== undefined)
  if (field === undefined) return
  throw refuseInput(
    field,
    'has no effect on a copy that keeps the metadata of its source',
    "Pass metadataDirective: 'REPLACE' (only this metadata) or 'MERGE' (this metadata added to the source's).",
  )
}

const outcomeOf = (input: CopyObjectInput): WriteOutcome => {
  const { bucket, key, ssec } = input
  const target = ssec === undefined ? { bucket, key } : { bucket, key, ssec }
  const description = input.metadataDirective === 'REPLACE' ? input : undefined
  const write = {
    etag: () => distinctiveEtag(etagOfSource(input), description?.metadata),
    description,
    conditions: input,
    isCompletion: false,
  }
  return writeOutcome(
    write,
    (execute) => ({ head: () => execute(headObject, target) }),
    (found) => recoveredDocument('CopyObjectResult', found),
  )
}

/** The ETag of the copy: that of the source where the caller names it, for an object of one PUT without a customer's key. */
const etagOfSource = ({ ssec, sourceSsec, sourceIfMatch }: CopyObjectInput): string | undefined => {
  const [etag, ...others] = strongEtags(sourceIfMatch)
  const isKnown = ssec === undefined && sourceSsec === undefined && others.length === 0
  return isKnown && etag !== undefined && isMd5(etag) ? etag : undefined
}

/** The source as a header value. Percent-encoded because headers are ASCII; R2 decodes it once. */
export const copySource = ({ bucket, key }: ObjectAddress): string => `/${bucket}/${encodeKeyPath(key)}`

const sourceConditions = (input: SourceConditions): Conditions => ({
  ...(input.sourceIfMatch === undefined ? {} : { ifMatch: input.sourceIfMatch }),
  ...(input.sourceIfNoneMatch === undefined ? {} : { ifNoneMatch: input.sourceIfNoneMatch }),
  ...(input.sourceIfModifiedSince === undefined ? {} : { ifModifiedSince: input.sourceIfModifiedSince }),
  ...(input.sourceIfUnmodifiedSince === undefined ? {} : { ifUnmodifiedSince: input.sourceIfUnmodifiedSince }),
})
