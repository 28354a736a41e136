const callLog = (next) => (call) => {
  const startedMs = call.clock.monotonicMs();
  return next({
    ...call,
    onBodyEnd(error) {
      console.log(call.operation.name, call.bucket, call.key, call.clock.monotonicMs() - startedMs, error ?? "complete");
      call.onBodyEnd?.(error);
    }
  });
};
console.log(typeof callLog);
