/** A key pair that a local R2 accepts. */
export interface LocalCredentials {
  /** 32 characters, as on R2. */
  readonly accessKeyId: string
  /** Any text that is not empty; on R2 it has 64 hex digits. */
  readonly secretAccessKey: string
  /**
   * Session token that every request must carry, as with R2's temporary credentials.
   * @defaultValue none: requests with a session token are rejected
   */
  readonly sessionToken?: string | undefined
}

/** A key pair with the permissions of one of R2's API tokens. */
export interface LocalKeyPair extends LocalCredentials {
  /**
   * `read`: "Object Read only", reads and lists objects. `write`: "Object Read & Write". Other operations, such as ListBuckets
   * and CreateBucket, then fail with 403 AccessDenied, as on R2.
   * @defaultValue `write` with `buckets`; without, all operations are permitted, as with "Admin Read & Write"
   */
  readonly permission?: 'read' | 'write' | undefined
  /**
   * Names of the buckets that the pair is for. The buckets need not exist.
   * @defaultValue all buckets
   */
  readonly buckets?: readonly string[] | undefined
}

/** The key pair used if no `credentials` are given. It is public, so the server accepts it on loopback addresses only. */
export const defaultCredentials: LocalCredentials = {
  accessKeyId: '0123456789abcdef0123456789abcdef',
  secretAccessKey: '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
}
