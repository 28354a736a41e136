/** Headers with credentials, and with customer keys (SSE-C) or their hashes, which would show whether two keys are equal. */
export const secretHeader =
  /^(?:(?:proxy-)?authorization|cookie|x-amz-security-token|x-amz-(?:copy-source-)?server-side-encryption-customer-key.*)$/i
