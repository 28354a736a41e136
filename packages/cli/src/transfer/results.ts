/** How one item of a command fared, whichever way it went. */
import type { FileSkipped } from 'r2kit/transfers'
import type { Outcome } from './outcome.js'
import type { Place } from './place.js'

export type ItemResult =
  | { readonly status: 'planned'; readonly source: Place; readonly target: Place; readonly bytes?: number }
  | { readonly status: 'done'; readonly source: Place; readonly target: Place; readonly outcome: Outcome }
  | {
      readonly status: 'skipped'
      readonly source: Place
      readonly target?: Place
      readonly reason: FileSkipped['reason']
    }
  | { readonly status: 'failed'; readonly source: Place; readonly target?: Place; readonly error: unknown }

/** Why something was left out, for people. */
export const skipReasons: Readonly<Record<FileSkipped['reason'], string>> = {
  'symbolic-link': 'a symbolic link (--follow-symlinks copies what it points to)',
  'link-loop': 'a symbolic link to a folder that holds it',
  'special-file': 'not a regular file (a device, pipe or socket)',
  'empty-folder': 'an empty folder: R2 stores objects only',
  exists: 'the target exists already',
}
