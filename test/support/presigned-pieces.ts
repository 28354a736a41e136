/** The signature parameters of a presigned URL, decoded. Absent parameters are undefined. */
export interface PresignedPieces {
  readonly credential: string | undefined
  readonly date: string | undefined
  readonly expires: string | undefined
  readonly signedHeaders: string | undefined
  readonly signature: string | undefined
}

/** Parses the signature parameters in a raw query. A query without `credential` does not belong to a presigned URL. */
export const parsePresignedQuery = (query: string): PresignedPieces => {
  const parameters = new URLSearchParams(query)
  const parameter = (name: string): string | undefined => parameters.get(name) ?? undefined
  return {
    credential: parameter('X-Amz-Credential'),
    date: parameter('X-Amz-Date'),
    expires: parameter('X-Amz-Expires'),
    signedHeaders: parameter('X-Amz-SignedHeaders'),
    signature: parameter('X-Amz-Signature'),
  }
}
