import type { Extensions } from './extensions.js'

/** For `createClient`: `streams`, and what `listeners`, `layers` and `presignRules` return. */
export class ClientExtension {
  /** @internal */
  readonly added: Partial<Extensions>

  /** @internal */
  constructor(added: Partial<Extensions>) {
    this.added = added
  }
}
