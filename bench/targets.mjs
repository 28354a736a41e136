/** The targets of the benchmarks. Ratios are comparable across machines, times are not. */
export const targets = {
  /** Small GET with the default layers: CPU time over the floor's, at most. */
  smallGetOverFloor: 1.2,
  /** Small PUT, and both with all layers of `r2kit/resilience`. */
  smallOverFloor: 1.3,
  /** Small GET and PUT: the AWS SDK's CPU time over r2kit's, at least. */
  smallLessThanAws: 8,
  /** Small GET and PUT on Bun and Deno: CPU time over that of Bun's own client and of Deno's `fetch`, at most. */
  overRuntimeClient: 1.5,
  /** Streamed GET: CPU time over the floor's, at most. */
  streamOverFloor: 1.2,
  /** Streamed PUT with verification: CPU time over the unverified floor's, at most. */
  verifiedStreamOverFloor: 1.7,
  /** Verified upload of 1 GiB in parts: CPU time per MB, at most. */
  uploadMicrosecondsPerMegabyte: 1500,
  /** Verified uploads and downloads: CPU time over that of unverified ones, at most. */
  verifiedOverUnverified: 1.25,
  signatureCachedMicroseconds: 5,
  signatureDerivedMicroseconds: 50,
  /** Parsing a list of 1,000 objects. */
  listMs: 2,
  importMs: 50,
  /** Loaded at the start by a program for `fetch` runtimes, gzipped: five operations; everything without transfers. */
  smallBytes: 15_000,
  onDemandBytes: 30_000,
  coreBytes: 15_000,
  presignBytes: 4_000,
  localStartMs: 50,
  /** 1 KB PUTs per second of the local R2 over those of Cloudflare's simulator, at least. */
  localMemoryTimes: 10,
  localDurableTimes: 3,
  /** Peak memory of transfers over idle, beyond the parts in flight, at most. */
  transferMemoryBeyondPartsBytes: 32 * 1024 * 1024,
  /** Additional memory for transferring four times as many bytes, at most. */
  transferMemoryGrowthBytes: 16 * 1024 * 1024,
  /** Growth of memory while a source or a sink is slow, at most. */
  slowGrowthBytes: 8 * 1024 * 1024,
  /** Additional memory for transferring six times as many small files, at most. */
  filesMemoryGrowthBytes: 4 * 1024 * 1024,
  /** Without loss against another build: CPU and wall time over those of the other build, at most. */
  timeOverBefore: 1.05,
  /** The same for memory: additional bytes, at most. Medians of three runs of the same build vary by this much. */
  memoryBeyondBeforeBytes: 16 * 1024 * 1024,
  /** The same for goodput on a link, at least. */
  linkOfBefore: 0.97,
  /** Goodput over that of bare TCP on the same shaped link, at least. */
  transferOfLink: 0.9,
}
