/** The rule that every new bucket on R2 has: unfinished uploads are aborted after seven days. */
import { lifecycleDocument } from 'r2kit/protocol'

export const defaultLifecycle = lifecycleDocument.write({
  rules: [
    {
      id: 'Default Multipart Abort Rule',
      status: 'Enabled',
      prefix: '',
      abortIncompleteMultipartUploadDays: 7,
    },
  ],
})
