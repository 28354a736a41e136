/** Where a transfer of one object takes its bytes from and where it brings them. */
import type { Readable } from 'node:stream'
import { formatR2Address } from '../address.js'

export interface ObjectPlace {
  readonly kind: 'object'
  readonly bucket: string
  readonly key: string
}

export interface FilePlace {
  readonly kind: 'file'
  readonly path: string
}

/** Bytes of unknown length that can be read once: standard input, a named pipe, a device, the output of a command. */
export interface StreamPlace {
  readonly kind: 'stream'
  /** The address of the command line; for a command, its program. */
  readonly name: string
  /** Whether the producer writes to the terminal itself, where a progress line would be in its way. */
  readonly usesTerminal: boolean
  open(): OpenStream
}

export interface OpenStream {
  readonly stream: Readable
  /** Awaited when all bytes have been read, before they become an object. Rejects where the producer has failed. */
  readonly succeeded?: () => Promise<void>
  /** Ends the producer, where it still runs. */
  readonly close?: () => Promise<void>
}

interface StdoutPlace {
  readonly kind: 'stdout'
}

/** One object by its name. */
export type Transfer =
  | {
      readonly kind: 'upload'
      readonly source: FilePlace | StreamPlace
      readonly target: ObjectPlace
      readonly size?: number
    }
  | { readonly kind: 'download'; readonly source: ObjectPlace; readonly target: FilePlace | StdoutPlace }
  | CopyTransfer

export interface CopyTransfer {
  readonly kind: 'copy'
  readonly source: ObjectPlace & { readonly etag?: string }
  readonly target: ObjectPlace
  readonly size?: number
}

export type Place = Transfer['source'] | Transfer['target']

/** The place as an address of the command line. */
export const formatPlace = (place: Place): string => {
  switch (place.kind) {
    case 'object':
      return formatR2Address(place.bucket, place.key)
    case 'file':
      return place.path
    case 'stream':
      return place.name
    case 'stdout':
      return '-'
  }
}
