import { chunksOf, type HttpResponse } from '../../http/index.js'
import { type ListedObject, type ListObjectsPage, ListObjectsReader } from '../../xml/index.js'
import { defineOperation } from '../operation.js'
import { checkList, encodeList, type ListObjectsInput, listObjectsField } from './list-objects.js'

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
