/** What can go wrong in storage itself. The operations above turn these into S3's answers. */

/**
 * Called for disk errors that fail no request: what was promised holds, and the next start repairs the rest. Must not throw.
 */
export type FaultReporter = (error: unknown) => void

/** Base of all errors of this room. */
export class StorageError extends Error {
  override readonly name: string = 'StorageError'
}

/** The bucket was deleted between the check of the request and its commit, or never existed. */
export class BucketGone extends StorageError {
  override readonly name = 'BucketGone'
  constructor(readonly bucket: string) {
    super(`bucket ${bucket} does not exist`)
  }
}

/** Bytes that a record wants to refer to have been deleted meanwhile: share them while they exist, or stage them anew. */
export class ContentGone extends StorageError {
  override readonly name = 'ContentGone'
  constructor() {
    super('the bytes have been deleted meanwhile')
  }
}

/** A call on a storage that has been closed. */
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
    super(`data folder ${dataDir} is in use by ${owner}; one folder serves one process at a time`)
  }
}

/** What the data folder must hold is missing or broken. */
export class DataFolderDamaged extends StorageError {
  override readonly name = 'DataFolderDamaged'
  constructor(
    readonly dataDir: string,
    reason: string,
  ) {
    super(
      `data folder ${dataDir} is damaged: ${reason}. Restore the folder from a copy, or move it away to start empty`,
    )
  }
}

/** The data folder holds something else, or data of a version that this one cannot read. */
export class DataFolderForeign extends StorageError {
  override readonly name = 'DataFolderForeign'
  constructor(
    readonly dataDir: string,
    reason: string,
  ) {
    super(`data folder ${dataDir} cannot be used: ${reason}`)
  }
}
