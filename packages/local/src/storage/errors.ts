/** Errors of storage. The operations map those that a client can cause to S3 errors. */

/** Called for disk errors that fail no request: acknowledged changes are kept, and the next start repairs the rest. */
export type FaultReporter = (error: unknown) => void

export class StorageError extends Error {
  override readonly name: string = 'StorageError'
}

/** The bucket does not exist; it may have been deleted between a request's check and its commit. */
export class BucketGone extends StorageError {
  override readonly name = 'BucketGone'
  constructor(readonly bucket: string) {
    super(`bucket ${bucket} does not exist`)
  }
}

/** A record references bytes that have been removed. */
export class ContentGone extends StorageError {
  override readonly name = 'ContentGone'
  constructor() {
    super('the bytes have been removed')
  }
}

/** The storage was used after `close`. */
export class StorageClosed extends StorageError {
  override readonly name = 'StorageClosed'
  constructor() {
    super('storage is closed')
  }
}

/** Another process, or this one, has the data folder open. */
export class DataFolderBusy extends StorageError {
  override readonly name = 'DataFolderBusy'
  constructor(
    readonly dataDir: string,
    owner: string,
  ) {
    super(
      `data folder ${dataDir} is in use by ${owner}: one folder serves one process at a time. Close it there, or pass another folder.`,
    )
  }
}

/** A part of the data folder is missing or corrupt. */
export class DataFolderDamaged extends StorageError {
  override readonly name = 'DataFolderDamaged'
  constructor(
    readonly dataDir: string,
    reason: string,
  ) {
    super(
      `data folder ${dataDir} is damaged: ${reason}. Restore the folder from a backup, or move it away to start with an empty one.`,
    )
  }
}

/** The folder contains other data, or data of an unsupported version. */
export class DataFolderForeign extends StorageError {
  override readonly name = 'DataFolderForeign'
  constructor(
    readonly dataDir: string,
    reason: string,
  ) {
    super(`data folder ${dataDir} cannot be used: ${reason}. Pass an empty folder, or one that a local R2 has created.`)
  }
}
