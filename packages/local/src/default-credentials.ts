/** What the server accepts when it is told nothing. R2's form: a key id of 32 hex digits, a secret of 64. */
export interface LocalCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** When given, every request must carry this session token. */
  readonly sessionToken?: string | undefined
}

/** Public knowledge, which is why the server takes them on loopback only. */
export const defaultCredentials: LocalCredentials = {
  accessKeyId: '0123456789abcdef0123456789abcdef',
  secretAccessKey: '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
}
