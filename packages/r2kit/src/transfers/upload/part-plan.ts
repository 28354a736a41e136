/**
 * How an object is cut into parts. All parts but the last have one size, which is fixed before the first is sent: R2 checks it
 * only at the end, when all bytes have been sent. Source of the limits: developers.cloudflare.com/r2/platform/limits.
 */
import { R2Error } from '../../errors/index.js'
import { integer, partCountMax, partSizeBytesMax, refuseInput } from '../../validation/index.js'

export interface PartLimits {
  readonly minPartBytes: number
  readonly maxPartBytes: number
  readonly maxParts: number
  readonly maxObjectBytes: number
  /** Raised part sizes are multiples of this. */
  readonly stepBytes: number
}

const mebibyte = 1024 ** 2

export const r2PartLimits: PartLimits = {
  minPartBytes: 5 * mebibyte,
  maxPartBytes: partSizeBytesMax,
  maxParts: partCountMax,
  // 4.995 TiB
  maxObjectBytes: Math.floor(4.995 * 1024 ** 4),
  stepBytes: mebibyte,
}

/** Requirement 2.5. */
const partSizeBytesDefault = 10 * mebibyte
/** 10,000 parts of this size hold 156 GiB; eight fill the default memory budget. */
const unknownLengthPartSizeBytesDefault = 16 * mebibyte
/** Requirement 2.5. */
export const thresholdBytesDefault = 100 * mebibyte
/** Returns the size of every part but the last, for a source of this length, or of unknown length. */
export const choosePartSize = (
  limits: PartLimits,
  size: number | undefined,
  wanted: number = size === undefined ? unknownLengthPartSizeBytesDefault : partSizeBytesDefault,
): number => {
  const { maxParts, maxObjectBytes, stepBytes } = limits
  checkPartSize(limits, wanted)
  if (size === undefined) return wanted
  if (size > maxObjectBytes) {
    throw new R2Error(
      'EntityTooLarge',
      `the source has ${size} bytes; R2 stores objects of at most ${maxObjectBytes}`,
      {
        hint: 'Split it into several objects.',
      },
    )
  }
  if (wanted * maxParts >= size) return wanted
  return Math.ceil(size / maxParts / stepBytes) * stepBytes
}

/** @throws R2Error `InvalidInput` for a size that R2 would refuse when all parts have been sent */
export const checkPartSize = ({ minPartBytes, maxPartBytes }: PartLimits, size: number): number =>
  integer(minPartBytes, maxPartBytes).read(size, 'partSizeBytes', refuseInput)

/** Returns where a part begins and how long it is. The first part has number 1. */
export const partRange = (partNumber: number, partSizeBytes: number, size: number) => {
  const offset = (partNumber - 1) * partSizeBytes
  return { offset, length: Math.min(partSizeBytes, size - offset) }
}
