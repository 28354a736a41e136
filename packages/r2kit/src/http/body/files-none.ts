/** For platforms without files. Selected by the import condition `#files`. */
import { R2Error } from '../../errors/index.js'
import type { RequestBody } from '../transport.js'

export const fileBody = async (path: string): Promise<RequestBody> => {
  throw new R2Error('InvalidInput', `the file ${path} cannot be read: this platform has no files`, {
    field: 'body',
    hint: 'Pass bytes, a Blob or a stream.',
  })
}
