/** For platforms without files. Selected by the import condition `#files`. */
import { clientError } from '../../errors/calls.js'
import type { RequestBody } from '../transport.js'

export const fileBody = async (path: string): Promise<RequestBody> => {
  throw clientError('InvalidInput', `the file ${path} cannot be read: this platform has no files`, {
    field: 'body',
    hint: 'Pass bytes, a Blob or a stream.',
  })
}
