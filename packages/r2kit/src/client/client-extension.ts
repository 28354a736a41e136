import type { Extensions } from './extensions.js'

/** What `listeners`, `layers` and `presignRules` return, for `createClient`. */
export class ClientExtension {
  /** @internal */
  readonly added: Partial<Extensions>

  /** @internal */
  constructor(added: Partial<Extensions>) {
    this.added = added
  }
}
