/** `r2.transfers.upload`: one request for what is small, parts for what is not. */
import type { TransferControl } from '../../client/index.js'
import { R2Error } from '../../errors/index.js'
import type { TransferContext } from '../context.js'
import type { UploadInput, UploadOptions, UploadResult, UploadSource } from './options.js'

export const upload = async (
  context: TransferContext,
  control: TransferControl,
  source: UploadSource,
  input: UploadInput,
  _options: UploadOptions,
): Promise<UploadResult> => {
  if (!(source instanceof Uint8Array)) throw new R2Error('NotImplemented', 'bytes only, so far')
  const { etag, checksum, versionId } = await context.objects.put(
    { ...input, body: source },
    { signal: control.signal },
  )
  return { etag, checksum, versionId, size: source.byteLength, parts: 1, resumedBytes: 0 }
}
