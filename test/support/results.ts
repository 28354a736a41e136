/** Helpers that unwrap results: the error of a promise or a function, the stream of a response, the bytes of a stream. */
import { type HttpResponse, isR2Error, type R2Error } from 'r2kit'

/** Awaits a promise that must reject with an `R2Error`, and returns the error. */
export const errorOf = async (work: Promise<unknown>): Promise<R2Error> => {
  try {
    await work
  } catch (error) {
    if (isR2Error(error)) return error
    throw error
  }
  throw new Error('The promise resolved instead of rejecting.')
}

/** Calls a function that must throw an `R2Error`, and returns the error. */
export const thrownBy = (work: () => unknown): R2Error => {
  try {
    work()
  } catch (error) {
    if (isR2Error(error)) return error
    throw error
  }
  throw new Error('The function returned instead of throwing.')
}

/** The body of a response that must be a stream. */
export const bodyStreamOf = ({ body }: HttpResponse): ReadableStream<Uint8Array> => {
  if (body instanceof Uint8Array) throw new Error('The body of the response is not a stream.')
  return body
}

/** All bytes of a stream. */
export const readAll = async (stream: ReadableStream<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
