/** Streams that a program drops without reading or cancelling them: the garbage collector reports them, and their connection is freed. */

/** The owner of a stream's connection. Nothing that leads from it may lead to the stream, which would never be garbage then. */
export interface StreamOwner {
  /** The stream has been collected; it can no longer be read. */
  dropped(): void
}

const registry = new FinalizationRegistry<StreamOwner>((owner) => owner.dropped())

/** Calls `owner.dropped` when the stream has been collected, unless `unwatch` comes first. */
export const watchDropped = (stream: object, owner: StreamOwner): void => registry.register(stream, owner, owner)

/** The stream has ended, or its bytes have another consumer. */
export const unwatchDropped = (owner: StreamOwner): void => {
  registry.unregister(owner)
}
