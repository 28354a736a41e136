import { chunksOf, type HttpResponse, headerOf } from '../../http/index.js'
import {
  anyText,
  checkBucketName,
  type Fields,
  flag,
  integer,
  required,
  text,
  type ValidationRules,
} from '../../validation/index.js'
import { type ListedObject, type ListObjectsPage, ListObjectsReader, readListObjects } from '../../xml/index.js'
import { inputOf } from '../fields/input-of.js'
import { defineOperation, type EncodedRequest } from '../operation.js'

export interface ListObjectsInput {
  readonly bucket: string
  /** Only keys that start so. */
  readonly prefix?: string
  /** Keys that share what stands before this text (after the prefix) are returned once, as a common prefix. */
  readonly delimiter?: string
  /** Where an earlier page ended. */
  readonly continuationToken?: string
  /** Only keys after this one, in the order of UTF-8 bytes. */
  readonly startAfter?: string
  /** Most keys and common prefixes on the page; R2 caps it at 1,000. @defaultValue 1000 */
  readonly maxKeys?: number
  /** Ask for each object's owner. @defaultValue false */
  readonly fetchOwner?: boolean
}

export interface ListObjectsOutput extends ListObjectsPage {
  readonly requestId: string | undefined
}

export const listObjectsFields: Fields<ListObjectsInput> = {
  bucket: required(anyText),
  prefix: text,
  delimiter: text,
  continuationToken: text,
  startAfter: text,
  maxKeys: integer(0),
  fetchOwner: flag,
}

const listObjectsField = inputOf<ListObjectsInput>('ListObjectsV2', listObjectsFields)

const checkList = (input: ListObjectsInput, rules: ValidationRules): void => {
  checkBucketName(input.bucket, rules)
}

/** `encoding-type=url` always: XML cannot carry every character that a key may have. */
const encodeList = (input: ListObjectsInput): EncodedRequest => {
  const query: [string, string][] = [
    ['list-type', '2'],
    ['encoding-type', 'url'],
  ]
  if (input.prefix !== undefined && input.prefix !== '') query.push(['prefix', input.prefix])
  if (input.delimiter !== undefined && input.delimiter !== '') query.push(['delimiter', input.delimiter])
  if (input.continuationToken !== undefined) query.push(['continuation-token', input.continuationToken])
  if (input.startAfter !== undefined && input.startAfter !== '') query.push(['start-after', input.startAfter])
  if (input.maxKeys !== undefined) query.push(['max-keys', String(input.maxKeys)])
  if (input.fetchOwner === true) query.push(['fetch-owner', 'true'])
  return { method: 'GET', bucket: input.bucket, query, headers: {} }
}

/** ListObjectsV2: one page. Source: developers.cloudflare.com/r2/api/s3/api. */
export const listObjects = defineOperation<ListObjectsInput, ListObjectsOutput>({
  name: 'ListObjectsV2',
  idempotent: true,
  timeoutClass: 'list',
  input: listObjectsField,
  validate: (input, { rules }) => checkList(input, rules),
  encode: encodeList,
  decode: ({ headers, body }) => ({
    ...readListObjects(body as Uint8Array),
    requestId: headerOf(headers, 'cf-ray'),
  }),
})

/** A page that is parsed as it arrives: its objects in batches, then the fields of the page. */
export type ListStream = AsyncGenerator<readonly ListedObject[], ListObjectsPage>

/** ListObjectsV2 whose objects come out before the document has ended. */
export const listObjectsStream = defineOperation<ListObjectsInput, ListStream>({
  name: 'ListObjectsV2',
  idempotent: true,
  timeoutClass: 'list',
  input: listObjectsField,
  validate: (input, { rules }) => checkList(input, rules),
  encode: (input) => ({ ...encodeList(input), responseBody: 'stream' }),
  decode: ({ body }) => readPage(body),
})

async function* readPage(body: HttpResponse['body']): ListStream {
  let batch: ListedObject[] = []
  const reader = new ListObjectsReader({ onObject: (object) => batch.push(object), urlEncoded: true })
  for await (const chunk of body instanceof Uint8Array ? [body] : chunksOf(body)) {
    reader.write(chunk)
    if (batch.length === 0) continue
    yield batch
    batch = []
  }
  const page = reader.end()
  if (batch.length > 0) yield batch
  return page
}
