/** Content codings that the platform's `fetch` undoes by itself: the bytes of an object are not as R2 stores them then. */
import { isR2Error } from '../errors/calls.js'

/** Codings that some `fetch` undoes. It leaves alone any other, such as `aws-chunked`. */
const undone = /\b(?:gzip|deflate|br|zstd|compress)\b/i

/** Whether `fetch` may have undone this coding. */
export const isUndone = (coding: string | null): coding is string => coding !== null && undone.test(coding)

/** Whether `fetch` is that of a page or of a browser's worker. */
export const isBrowser = (): boolean => 'document' in globalThis || 'importScripts' in globalThis

/**
 * The coding of a `codingUndone` error; empty where it is unknown: Chromium reports bytes that are not of their declared coding as
 * a network failure. Undefined for other errors.
 */
export const codingOf = (error: unknown): string | undefined =>
  isR2Error(error, 'ConnectionReset') && isBrowser() ? '' : (error as { coding?: string } | null)?.coding
