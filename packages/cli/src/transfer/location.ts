/** Source and target of a transfer of one object. */
import type { Readable } from 'node:stream'
import { formatR2Address } from '../arguments/address.js'

/** An object on R2. */
export interface ObjectLocation {
  readonly kind: 'object'
  readonly bucket: string
  readonly key: string
}

/** A local file. */
export interface FileLocation {
  readonly kind: 'file'
  readonly path: string
}

/** Bytes of unknown length that can be read once: standard input, a named pipe, a device, the output of a program. */
export interface StreamLocation {
  readonly kind: 'stream'
  /** Its address on the command line, or the program that produces it. */
  readonly name: string
  /** Whether the producer writes to the terminal itself, so that no progress line may be drawn. */
  readonly usesTerminal: boolean
  /** Opens the stream. Called once, and not by a dry run. */
  open(): OpenStream
}

/** An open stream and the control of its producer. */
export interface OpenStream {
  readonly stream: Readable
  /** Awaited when all bytes have been read, before the object is created. Rejects if the producer has failed. */
  readonly succeeded?: () => Promise<void>
  /** Ends the producer if it is still running. */
  readonly close?: () => Promise<void>
}

interface StdoutLocation {
  readonly kind: 'stdout'
}

/** The transfer of one object. */
export type Transfer =
  | {
      readonly kind: 'upload'
      readonly source: FileLocation | StreamLocation
      readonly target: ObjectLocation
      readonly size?: number
    }
  | { readonly kind: 'download'; readonly source: ObjectLocation; readonly target: FileLocation | StdoutLocation }
  | CopyTransfer

/** A copy on the server. */
export interface CopyTransfer {
  readonly kind: 'copy'
  /** With an ETag, only this version of the object is copied. */
  readonly source: ObjectLocation & { readonly etag?: string }
  readonly target: ObjectLocation
  /** Bytes, if known. */
  readonly size?: number
}

/** Source or target of any transfer. */
export type Location = Transfer['source'] | Transfer['target']

/** The location as an address of the command line. */
export const formatLocation = (location: Location): string => {
  switch (location.kind) {
    case 'object':
      return formatR2Address(location.bucket, location.key)
    case 'file':
      return location.path
    case 'stream':
      return location.name
    case 'stdout':
      return '-'
  }
}
