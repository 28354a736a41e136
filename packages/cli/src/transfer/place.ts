/** Where a transfer takes its bytes from and where it brings them. */
import type { Readable } from 'node:stream'
import { formatR2Address } from '../address.js'
import type { TargetFolder } from './target-folder.js'

export interface ObjectPlace {
  readonly kind: 'object'
  readonly bucket: string
  readonly key: string
}

/** A file that the user named, or that was found on the way through a folder. */
export interface FilePlace {
  readonly kind: 'file'
  readonly path: string
}

/** A file, or an empty folder, that a key names below the target of a recursive download. */
export interface BelowPlace {
  readonly kind: 'below'
  readonly folder: TargetFolder
  readonly segments: readonly string[]
  readonly isFolder: boolean
}

/** Bytes of unknown length that can be read once: standard input, or a named pipe. */
export interface StreamPlace {
  readonly kind: 'stream'
  readonly name: string
  open(): Readable
}

export type Transfer =
  | { readonly kind: 'upload'; readonly source: FilePlace; readonly target: ObjectPlace; readonly size: number }
  | {
      readonly kind: 'upload-stream'
      readonly source: StreamPlace
      readonly target: ObjectPlace
      readonly size: undefined
    }
  | {
      readonly kind: 'download'
      readonly source: ObjectPlace
      readonly target: FilePlace | BelowPlace
      readonly size: number | undefined
    }
  | {
      readonly kind: 'download-stream'
      readonly source: ObjectPlace
      readonly target: { readonly kind: 'stdout' }
      readonly size: undefined
    }
  | {
      readonly kind: 'copy'
      readonly source: ObjectPlace & { readonly etag?: string }
      readonly target: ObjectPlace
      readonly size: number | undefined
    }

export type Place = Transfer['source'] | Transfer['target']

/** The place as an address of the command line. */
export const formatPlace = (place: Place): string => {
  switch (place.kind) {
    case 'object':
      return formatR2Address(place.bucket, place.key)
    case 'file':
      return place.path
    case 'below':
      return place.folder.pathOf(place.segments)
    case 'stream':
      return place.name
    case 'stdout':
      return '-'
  }
}
