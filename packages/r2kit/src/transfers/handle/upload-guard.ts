/**
 * Ends an upload in parts that was not completed, whatever went wrong. Made by `r2.transfers.guardUpload`.
 *
 * @example
 * const { uploadId } = await r2.multipart.create({ bucket, key })
 * await using guard = r2.transfers.guardUpload({ bucket, key, uploadId })
 * await r2.multipart.complete({ bucket, key, uploadId, parts: await sendParts(uploadId) })
 * guard.markCompleted()
 */
export class UploadGuard implements AsyncDisposable {
  readonly #cleanUp: () => Promise<void>
  #settled = false

  constructor(cleanUp: () => Promise<void>) {
    this.#cleanUp = cleanUp
  }

  /** The upload was completed: there is nothing to clean up. */
  markCompleted(): void {
    this.#settled = true
  }

  /**
   * Aborts the upload unless it was completed, and looks whether it is gone. Never throws, so that it hides no error of the
   * block it guards: what fails is told to `onWarning`.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#settled) return
    this.#settled = true
    await this.#cleanUp()
  }
}
