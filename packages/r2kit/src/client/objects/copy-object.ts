import { encodeKeyPath } from '../../base/encode.js'
import { R2Error } from '../../errors/index.js'
import { type HeaderFields, headerOf } from '../../http/index.js'
import { moment, oneOf, required } from '../../validation/index.js'
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
import { distinctiveEtag, isMd5, strongEtags } from '../fields/etag.js'
import { inputOf } from '../fields/input-of.js'
import { checkObject, type ObjectAddress, objectAddressFields, sourceField } from '../fields/object-address.js'
import { addCustomerKey, type CustomerKey, customerKeyField } from '../fields/ssec.js'
import { defineOperation, type WriteOutcome } from '../operation.js'
import { recoveredDocument, writeOutcome } from '../unknown-outcome.js'
import { headObject } from './head-object.js'

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
 * when it is chosen. Where the outcome of a copy is unknown, the copy is recognised by the ETag that `sourceIfMatch` names;
 * without one the error is `OutcomeUnknown` as soon as there is any new object. Source: developers.cloudflare.com/r2/api/s3/extensions.
 */
export interface CopyObjectInput extends ObjectAddress, ObjectDescription, WriteConditions, SourceConditions {
  readonly source: ObjectAddress
  /**
   * COPY keeps the source's metadata, REPLACE takes only this request's, MERGE adds this request's to it. Needed where the
   * request describes the object: under COPY R2 would ignore what it says. @defaultValue COPY
   */
  readonly metadataDirective?: 'COPY' | 'REPLACE' | 'MERGE'
  /** The key the source is encrypted with. */
  readonly sourceSsec?: CustomerKey
}

export interface CopyObjectOutput extends CopyResult {
  readonly versionId: string | undefined
  readonly sourceVersionId: string | undefined
  readonly requestId: string | undefined
}

export const copyObject = defineOperation<CopyObjectInput, CopyObjectOutput>({
  name: 'CopyObject',
  idempotent: true,
  timeoutClass: 'object',
  mayFailLate: true,
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

/** Under COPY, R2 keeps the source's description and ignores the request's: to succeed would be to drop it silently. */
const checkDirective = (input: CopyObjectInput): void => {
  if ((input.metadataDirective ?? 'COPY') !== 'COPY') return
  const described = [...Object.keys(httpMetadataFields), 'metadata'] as (keyof ObjectDescription)[]
  const field = described.find((name) => input[name] !== undefined)
  if (field === undefined) return
  throw new R2Error('InvalidInput', `${field} has no effect on a copy that keeps the metadata of its source`, {
    field,
    hint: "Pass metadataDirective 'REPLACE' (only this request's metadata) or 'MERGE' (added to the source's).",
  })
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
