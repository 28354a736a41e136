/** CRC-64/NVME in WebAssembly: nine times as fast as `crc64nvme.ts`, for runtimes that may compile code (Node, Bun, Deno). */
import type { IncrementalHash } from '../hash/types.js'
import { Crc64Nvme } from './crc64nvme.js'
import { foldingCrc, type UpdateRegister } from './folding-crc.js'

/** A search for eight powers of x^-64 below the 1,500th whose sum is 1 finds about twenty sets. */
export const foldingDistances = [36, 177, 210, 270, 408, 449, 483, 1142] as const

const compiled = /* @__PURE__ */ foldingCrc({ polynomial: 0x9a6c9329ac4bc9b5n, distances: foldingDistances })

class WasmCrc64Nvme implements IncrementalHash {
  readonly #update: UpdateRegister
  #register = -1n

  constructor(update: UpdateRegister) {
    this.#update = update
  }

  update(chunk: Uint8Array): void {
    this.#register = this.#update(this.#register, chunk)
  }

  /** Eight bytes, big-endian. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigInt64(0, ~this.#register)
    return bytes
  }
}

/** An incremental CRC-64/NVME, in WebAssembly if the platform permits it. */
export const createCrc64Nvme = (): IncrementalHash => {
  const update = compiled()
  return update === undefined ? new Crc64Nvme() : new WasmCrc64Nvme(update)
}
