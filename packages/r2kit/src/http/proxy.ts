/** An HTTP proxy, and the credentials for it. */
export interface ProxyOptions {
  /** URL with the scheme http: or https:, which is that of the connection to the proxy. @example 'http://proxy.internal:3128' */
  readonly url: string
  /** User name. @defaultValue none */
  readonly username?: string | undefined
  /** Password. @defaultValue none */
  readonly password?: string | undefined
}
