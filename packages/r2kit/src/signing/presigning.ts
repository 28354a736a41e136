/** The second door of this room: presigned URLs, which most clients never make. It loads no signer of requests. */
export { type PresignRequest, presignWithKey, presignWithSigner } from './presign-query.js'
export { checkPresign, type PresignedTarget, type PresignMethod, type PresignRules } from './presign-rules.js'
