/** Caches derived keys, because deriving a key costs several times as much as a signature. */
import { type SigningCredentials, SigningKey } from './signing-key.js'

/**
 * Number of cached keys. One client needs at most two days around midnight, times the credentials before and after a rotation,
 * times a few sets of temporary credentials.
 */
const capacity = 8

interface Entry {
  readonly day: string
  readonly accessKeyId: string
  /** Compared on every use, so that a secret that was rotated under the same ID is not signed with the old key. */
  readonly secretAccessKey: string
  readonly key: SigningKey
}

/** Signing keys by day and credentials. The least recently used key is evicted first. */
export class SigningKeyCache {
  readonly #region: string
  readonly #service: string
  /** Most recently used first. */
  #entries: Entry[] = []
  #hits = 0

  constructor(region: string, service: string) {
    this.#region = region
    this.#service = service
  }

  /** Number of times that a key was cached. */
  get hits(): number {
    return this.#hits
  }

  /** The key of these credentials for a day (`YYYYMMDD`), derived if it is not cached. */
  keyFor(credentials: SigningCredentials, day: string): SigningKey {
    const entries = this.#entries
    const { accessKeyId, secretAccessKey } = credentials
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index]
      if (entry?.day !== day || entry.accessKeyId !== accessKeyId || entry.secretAccessKey !== secretAccessKey) continue
      if (index > 0) {
        entries.splice(index, 1)
        entries.unshift(entry)
      }
      this.#hits++
      return entry.key
    }
    const key = new SigningKey(credentials, day, this.#region, this.#service)
    entries.unshift({ day, accessKeyId, secretAccessKey, key })
    if (entries.length > capacity) entries.pop()?.key.destroy()
    return key
  }

  /** Overwrites and removes all keys. */
  clear(): void {
    for (const { key } of this.#entries) key.destroy()
    this.#entries = []
  }
}
