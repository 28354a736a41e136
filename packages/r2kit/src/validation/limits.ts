/** R2's limits on keys, metadata and uploads in parts. Source: developers.cloudflare.com/r2/platform/limits. */

/** Longest key, in UTF-8 bytes. */
export const keyBytesLimit = 1024
/** Largest metadata, names and values together, in bytes as R2 counts them. */
export const metadataBytesLimit = 8192
/** Largest single upload or part, in bytes: 5 GiB less 5 MiB. */
export const partSizeBytesMax = 5_363_466_240
/** Most parts of one upload, and the highest part number. The first part is 1. */
export const partCountMax = 10_000
