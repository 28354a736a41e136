/** Where there are no files. Chosen by the import condition `#files`. */
import { R2Error } from '../../errors/index.js'
import type { RequestBody } from '../transport.js'

export const fileBody = async (path: string): Promise<RequestBody> => {
  throw new R2Error('InvalidInput', `this platform has no files to read ${path} from`, {
    field: 'body',
    hint: 'Pass bytes, a Blob or a stream.',
  })
}
