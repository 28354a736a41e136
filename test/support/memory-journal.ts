import type { TransferJournal } from '../../packages/r2kit/src/transfers.js'

/** A journal in memory, which a test may look into and damage. */
export class MemoryJournal implements TransferJournal {
  readonly kept = new Map<string, Buffer>()
  async read(id: string) {
    return this.kept.get(id)
  }
  async append(id: string, line: Uint8Array) {
    this.kept.set(id, Buffer.concat([this.kept.get(id) ?? Buffer.alloc(0), line]))
  }
  async remove(id: string) {
    this.kept.delete(id)
  }
}
