/** The operations of `r2.multipart`, which are loaded together. */
import '../start.js'

export { abortMultipartUpload } from './abort-multipart-upload.js'
export { completeMultipartUpload } from './complete-multipart-upload.js'
export { createMultipartUpload } from './create-multipart-upload.js'
export { partList } from './list-all-parts.js'
export { uploadList } from './list-all-uploads.js'
export { listMultipartUploads } from './list-multipart-uploads.js'
export { listParts } from './list-parts.js'
export { uploadPart } from './upload-part.js'
export { uploadPartCopy } from './upload-part-copy.js'
