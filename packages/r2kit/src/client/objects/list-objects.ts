import { chunksOf } from '../../http/body/chunks.js'
import { type HttpResponse, headerOf } from '../../http/index.js'
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

/** Input of `objects.list`. */
export interface ListObjectsInput {
  /** Name of the bucket. */
  readonly bucket: string
  /** Lists only keys that start with this text. @defaultValue '', all keys */
  readonly prefix?: string | undefined
  /** Lists keys that share the text up to this delimiter, after the prefix, once, as a common prefix. @defaultValue none */
  readonly delimiter?: string | undefined
  /** Continues a list: the `nextContinuationToken` of the previous page. @defaultValue the first page */
  readonly continuationToken?: string | undefined
  /** Lists only keys after this one, in the order of UTF-8 bytes. @defaultValue '', all keys */
  readonly startAfter?: string | undefined
  /** Most keys and common prefixes on the page. R2 returns at most 1,000. @defaultValue 1000 */
  readonly maxKeys?: number | undefined
  /** Whether the list contains the owner of each object. @defaultValue false */
  readonly fetchOwner?: boolean | undefined
}

/** Output of `objects.list`. */
export interface ListObjectsOutput extends ListObjectsPage {
  /** CF-Ray of the response. */
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

/** Always with `encoding-type=url`: XML cannot contain every character that a key may have. */
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

/** A page that is parsed while it arrives: yields objects in batches, and returns the fields of the page. */
export type ListStream = AsyncGenerator<readonly ListedObject[], ListObjectsPage>

/** ListObjectsV2 that yields objects before the document has ended. */
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
