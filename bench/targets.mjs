/** The targets of the benchmarks. Ratios are comparable across machines, times are not. */
export const targets = {
  /** Small GET and PUT: CPU time over the floor's, at most. */
  smallOverFloor: 1.3,
  /** Small GET and PUT: the AWS SDK's CPU time over r2kit's, at least. */
  smallLessThanAws: 8,
  /** Streamed GET: CPU time over the floor's, at most. */
  streamOverFloor: 1.2,
  signatureCachedMicroseconds: 5,
  signatureDerivedMicroseconds: 50,
  /** Parsing a list of 1,000 objects. */
  listMs: 2,
  importMs: 50,
  coreBytes: 15_000,
  presignBytes: 4_000,
  localStartMs: 50,
  /** 1 KB PUTs per second of the local R2 over those of Cloudflare's simulator, at least. */
  localMemoryTimes: 10,
  localDurableTimes: 3,
  /** Peak memory of transfers over idle, beyond the parts in flight, at most. */
  transferMemoryBeyondPartsBytes: 32 * 1024 * 1024,
  /** Additional memory for transferring six times as many small files, at most. */
  filesMemoryGrowthBytes: 4 * 1024 * 1024,
  /** Goodput over that of bare TCP on the same shaped link, at least. */
  transferOfLink: 0.9,
}
