/**
 * Aborts a multipart upload that was not completed when its block ends, whatever the reason. Made by
 * `r2.transfers.guardUpload`.
 *
 * @example
 * const { uploadId } = await r2.multipart.create({ bucket, key })
 * await using guard = r2.transfers.guardUpload({ bucket, key, uploadId })
 * await r2.multipart.complete({ bucket, key, uploadId, parts: await sendParts(uploadId) })
 * guard.markCompleted()
 */
export interface UploadGuard extends Pick<UploadGuardHandle, keyof UploadGuardHandle> {}

/** Implements `UploadGuard`. */
export class UploadGuardHandle implements AsyncDisposable {
  readonly #cleanUp: () => Promise<void>
  #isOver = false

  constructor(cleanUp: () => Promise<void>) {
    this.#cleanUp = cleanUp
  }

  /** Releases the guard: the upload was completed, and there is nothing to abort. */
  markCompleted(): void {
    this.#isOver = true
  }

  /**
   * Aborts the upload unless it was completed, and checks that it is gone. Never rejects, so that it hides no error of the
   * block that it guards: a failure is reported to `onWarning`.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    await this.#cleanUp()
  }
}
