/** Presigned URLs: a second index of the module, so that clients which presign nothing do not load it. */
export { type PresignRequest, presignWithSigner } from './presign-query.js'
export { checkPresign, defaultSeconds, expiryLimits, type PresignMethod, type PresignRules } from './presign-rules.js'
