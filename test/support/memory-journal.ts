import type { TransferJournal } from '../../packages/r2kit/src/transfers.js'

/** A journal in memory, which a test may inspect and damage. */
export class MemoryJournal implements TransferJournal {
  readonly entries = new Map<string, Buffer>()
  async read(id: string) {
    return this.entries.get(id)
  }
  async append(id: string, line: Uint8Array) {
    this.entries.set(id, Buffer.concat([this.entries.get(id) ?? Buffer.alloc(0), line]))
  }
  async remove(id: string) {
    this.entries.delete(id)
  }
}
