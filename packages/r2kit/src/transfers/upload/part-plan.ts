/**
 * How an object is cut into parts. All but the last are equal, and the size is fixed before the first is sent, because R2
 * checks only at the end, when all bytes have been sent. Source of the limits: developers.cloudflare.com/r2/platform/limits.
 */
import { R2Error } from '../../errors/index.js'
import { integer, refuseInput } from '../../validation/index.js'

export interface PartLimits {
  readonly minPartBytes: number
  readonly maxPartBytes: number
  readonly maxParts: number
  readonly maxObjectBytes: number
  /** Part sizes are multiples of this. */
  readonly stepBytes: number
}

const mebibyte = 1024 ** 2

export const r2PartLimits: PartLimits = {
  minPartBytes: 5 * mebibyte,
  maxPartBytes: 5 * 1024 ** 3,
  maxParts: 10_000,
  // 4.995 TiB
  maxObjectBytes: Math.floor(4.995 * 1024 ** 4),
  stepBytes: mebibyte,
}

/** Requirement 2.5. */
const partSizeBytesDefault = 10 * mebibyte
/** 10,000 of them make 156 GiB, eight of them the memory budget. */
const unknownLengthPartSizeBytesDefault = 16 * mebibyte
/** Requirement 2.5. */
export const thresholdBytesDefault = 100 * mebibyte
/** R2 takes 5 GiB less 5 MiB in one request. */
export const singlePutBytesMax = 5 * 1024 ** 3 - 5 * mebibyte

/** The size of every part but the last, for a source of this length or of unknown length. */
export const choosePartSize = (
  limits: PartLimits,
  size: number | undefined,
  wanted: number = size === undefined ? unknownLengthPartSizeBytesDefault : partSizeBytesDefault,
): number => {
  const { maxParts, maxObjectBytes, stepBytes } = limits
  checkPartSize(limits, wanted)
  if (size === undefined) return wanted
  if (size > maxObjectBytes) {
    throw new R2Error('EntityTooLarge', `the source has ${size} bytes; R2 takes objects up to ${maxObjectBytes}`, {
      hint: 'Split it into several objects.',
    })
  }
  if (wanted * maxParts >= size) return wanted
  return Math.ceil(size / maxParts / stepBytes) * stepBytes
}

/** @throws R2Error `InvalidInput` for a size that R2 refuses once all parts have been sent */
export const checkPartSize = ({ minPartBytes, maxPartBytes }: PartLimits, size: number): number =>
  integer(minPartBytes, maxPartBytes).read(size, 'partSizeBytes', refuseInput)

/** Where a part begins and how long it is; numbers count from 1. */
export const partRange = (partNumber: number, partSizeBytes: number, size: number) => {
  const offset = (partNumber - 1) * partSizeBytes
  return { offset, length: Math.min(partSizeBytes, size - offset) }
}
