/** Where we mean to stand: the figures that a run is held against. Ratios hold across machines, times belong to one. */
export const targets = {
  /** Small GET and PUT, CPU: times the floor's at most. */
  smallOverFloor: 1.3,
  /** … and at least so many times less than the AWS SDK's. */
  smallLessThanAws: 8,
  /** Streamed GET, CPU: times the floor's at most. */
  streamOverFloor: 1.2,
  signatureCachedMicroseconds: 5,
  signatureDerivedMicroseconds: 50,
  /** A list of 1,000 objects. */
  listMs: 2,
  importMs: 50,
  coreBytes: 15_000,
  presignBytes: 4_000,
  localStartMs: 50,
  /** 1 KB PUTs per second of the local R2, times Cloudflare's simulator's. */
  localMemoryTimes: 10,
  localDurableTimes: 3,
  /** Peak memory of transfers over idle: what the parts in flight take, and so much more. */
  transferMemoryBeyondPartsBytes: 32 * 1024 * 1024,
  /** Memory that moving six times as many small files may take more. */
  filesMemoryGrowthBytes: 4 * 1024 * 1024,
  /** Of what a shaped link carries over bare TCP. */
  transferOfLink: 0.9,
}
