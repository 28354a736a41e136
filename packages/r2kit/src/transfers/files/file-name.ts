/**
 * Keys are any text, file names are not. This decides, before anything is written, whether a key is also a path below a
 * folder, and says why where it is not. It never repairs a key: two keys must not become one file.
 */

import { checkText } from '../../validation/index.js'

export type FileName =
  | { readonly ok: true; readonly segments: readonly string[]; readonly isFolder: boolean }
  | { readonly ok: false; readonly reason: string }

const refused = (reason: string): FileName => ({ ok: false, reason })

/** Names that Windows gives to devices in every folder, with any extension. */
const windowsDevice = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:[ .].*)?$/i
const longestName = 255

/**
 * The path below a folder that `key` (what follows the folder's prefix) names. A key that ends in `/` names a folder:
 * that is how consoles store an empty one.
 */
export const fileNameOf = (key: string, platform: NodeJS.Platform = process.platform): FileName => {
  checkText(key, 'key')
  const isFolder = key.endsWith('/')
  const segments = (isFolder ? key.slice(0, -1) : key).split('/')
  for (const segment of segments) {
    const reason = segmentProblem(segment, platform)
    if (reason !== undefined) return refused(reason)
  }
  return { ok: true, segments, isFolder }
}

const segmentProblem = (segment: string, platform: NodeJS.Platform): string | undefined => {
  if (segment === '') return 'a key that starts with "/" or has "//" in it is not a path below the folder'
  if (segment === '.' || segment === '..') return `a "${segment}" in a key would lead out of its place in the folder`
  if (segment.includes('\0')) return 'a file name cannot hold a NUL'
  if (Buffer.byteLength(segment) > longestName) return `a file name cannot be longer than ${longestName} bytes`
  return platform === 'win32' ? windowsProblem(segment) : undefined
}

// https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
const windowsProblem = (segment: string): string | undefined => {
  const character = /[<>:"|?*\\\p{Cc}]/u.exec(segment)?.[0]
  if (character !== undefined) return `Windows allows no ${JSON.stringify(character)} in a file name`
  if (/[. ]$/.test(segment)) return 'Windows drops a dot or space at the end of a file name'
  if (windowsDevice.test(segment)) return `"${segment}" is the name of a device on Windows`
  return undefined
}
