/** What the transfers read of a file's status: a part of Node's `Stats`, whose name declarations cannot use without `@types/node`. */
export interface FileStatus {
  readonly mode: number
  readonly size: number
  readonly mtimeMs: number
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}
