/**
 * Bodies under `lib: DOM`, without the types of Node: what browsers and Workers pass on compiles without a cast. Only
 * type-checked, by `npm run check`.
 */
import type { Objects, Transfers } from 'r2kit'

const address = { bucket: 'photos', key: 'cat.jpg' }

export const respond = async (objects: Objects): Promise<Response> => {
  const { body, contentType } = await objects.get(address)
  const blob = new Blob([body], { type: contentType ?? '' })
  return new Response(blob.size > 0 ? body : null)
}

export const stream = async (objects: Objects, transfers: Transfers): Promise<Response[]> => {
  const { body } = await objects.getStream(address)
  return [new Response(body), new Response(transfers.download(address, 'stream').body)]
}

export const bytes = async (transfers: Transfers): Promise<File> => {
  const { body } = await transfers.download(address, 'bytes')
  return new File([body], 'cat.jpg')
}

export const store = async (objects: Objects, transfers: Transfers, file: File, request: Request): Promise<void> => {
  await objects.put({ ...address, body: file })
  await objects.put({
    ...address,
    body: await request.arrayBuffer(),
    contentType: request.headers.get('x') ?? undefined,
  })
  await transfers.upload(file, address)
  if (request.body !== null) await transfers.upload(request.body, address)
}
