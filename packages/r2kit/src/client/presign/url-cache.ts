/** Presigned URLs that are returned again for equal inputs (requirement 2.6). Pure: times are parameters. */
import type { PresignedUrl } from './presign-input.js'

/** A URL with less validity left is not returned again. */
const marginMs = 5 * 60_000

/** A new URL replaces the least recently used one. */
export class UrlCache {
  readonly #size: number
  /** In the order of their last use. */
  readonly #urls = new Map<string, PresignedUrl>()
  /** Of the URLs in the cache: others are signed with other credentials, or another time. */
  #signedBy: readonly unknown[] = []

  /** @param size most URLs; 0 keeps none */
  constructor(size: number) {
    this.#size = size
  }

  /** Drops all URLs unless they were signed by these same values. */
  requireSigner(...signedBy: readonly unknown[]): void {
    if (signedBy.every((value, index) => value === this.#signedBy[index])) return
    this.#signedBy = signedBy
    this.#urls.clear()
  }

  /** The URL for these inputs, where it is valid for at least five more minutes. */
  get(key: string, nowMs: number): PresignedUrl | undefined {
    const found = this.#urls.get(key)
    if (found === undefined) return undefined
    this.#urls.delete(key)
    if (found.expiresAt.getTime() - nowMs < marginMs) return undefined
    this.#urls.set(key, found)
    // A copy: the caller may change the Date and the headers.
    return copyOf(found)
  }

  add(key: string, url: PresignedUrl): void {
    if (this.#size === 0) return
    if (this.#urls.size >= this.#size) for (const [oldest] of this.#urls) if (this.#urls.delete(oldest)) break
    this.#urls.set(key, copyOf(url))
  }

  /** Number of URLs. */
  get size(): number {
    return this.#urls.size
  }
}

const copyOf = ({ url, method, headers, expiresAt }: PresignedUrl): PresignedUrl => ({
  url,
  method,
  headers: { ...headers },
  expiresAt: new Date(expiresAt),
})
