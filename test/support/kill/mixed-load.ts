/**
 * A mixed load: puts, overwrites, deletions, copies, and completed and aborted multipart uploads. Each worker has its own
 * keys, so that at most one change per key is pending. It reports each change before the request and after the response.
 */
import type { Body, Report } from './stored-bodies.js'
import { randomFrom } from './stored-bodies.js'

export interface Target {
  put(key: string, body: Body): Promise<void>
  delete(key: string): Promise<void>
  copy(source: string, target: string): Promise<void>
  createUpload(key: string, body: Body): Promise<TargetUpload>
  abortAllUploads(): Promise<void>
  /** The minimum size of a part other than the last, in bytes. */
  readonly partSizeBytesMin: number
}

interface TargetUpload {
  putPart(partNumber: number, piece: Body[number]): Promise<void>
  complete(): Promise<void>
  abort(): Promise<void>
}

const workers = 8
const keysPerWorker = 4
const sizes = [0, 100, 5_000, 66_000, 300_000, 700_000]

/** Runs until a call fails. */
export const runLoad = async (target: Target, seed: number, report: (line: Report) => void): Promise<void> => {
  const work = async (worker: number) => {
    const random = randomFrom(seed * workers + worker)
    const anyKey = () => `w${worker}/k${random(keysPerWorker)}`
    const anyPiece = () => ({ size: sizes[random(sizes.length)] ?? 0, seed: random(1_000_000) })
    /** The bodies of this worker's keys since its start. It copies only these keys. */
    const present = new Map<string, Body>()
    const change = async (key: string, body: Body | null, action: () => Promise<void>) => {
      report({ key, body, state: 'started' })
      await action()
      if (body === null) present.delete(key)
      else present.set(key, body)
      report({ key, body, state: 'acknowledged' })
    }
    const multipart = async (key: string, isAborted: boolean) => {
      const first = { ...anyPiece(), ...(target.partSizeBytesMin > 0 && { size: target.partSizeBytesMin }) }
      // With a large minimum part size, most uploads consist of only one part.
      const body = target.partSizeBytesMin > 0 && random(8) > 0 ? [anyPiece()] : [first, anyPiece()]
      const upload = await target.createUpload(key, body)
      for (const [index, piece] of body.entries()) await upload.putPart(index + 1, piece)
      if (isAborted) await upload.abort()
      else await change(key, body, () => upload.complete())
    }
    for (;;) {
      const key = anyKey()
      const kind = random(10)
      if (kind < 5) {
        const body = [anyPiece()]
        await change(key, body, () => target.put(key, body))
      } else if (kind < 6) {
        await change(key, null, () => target.delete(key))
      } else if (kind < 8) {
        const source = anyKey()
        const body = present.get(source)
        // R2 rejects a copy onto itself that changes nothing.
        if (body !== undefined && source !== key) await change(key, body, () => target.copy(source, key))
      } else {
        await multipart(key, kind === 8)
      }
    }
  }
  await target.abortAllUploads()
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))
}
