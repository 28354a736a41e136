/**
 * The modules that the client loads on first use. Loading takes real time, in which virtual time would pass, so that the first run
 * of a process would differ from its repetition.
 */
export const preload = async (): Promise<void> => {
  await Promise.all([
    import('../client/buckets/bucket-operations.js'),
    import('../client/fields/md5-checks.js'),
    import('../client/fields/other-checks.js'),
    import('../client/layers/after-failure.js'),
    import('../client/multipart/multipart-operations.js'),
    import('../client/objects/get-stream.js'),
    import('../client/objects/object-operations.js'),
    import('../client/objects/put-outcome.js'),
    import('../client/presign/presign-operations.js'),
    import('../client/stream-code.js'),
    import('../observability/observe-provider.js'),
    import('../observability/observed-call.js'),
    import('../transfers/engine.js'),
  ])
}
