/** Turns of the event loop between which virtual time stands still. Platforms differ, so each function looks for its means. */

/** A turn that runs promise callbacks, and reads input that has arrived. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** A turn that runs promise callbacks. On Node it takes microseconds, where `setTimeout` takes a millisecond. */
export const shortTurn = (): Promise<void> => {
  const { setImmediate } = globalThis as { setImmediate?: (action: () => void) => unknown }
  if (setImmediate === undefined) return nextTurn()
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Node's name for a request to the file system that is in flight. */
const fileRequest = /^(?:FSReq|FileHandleCloseReq|CloseReq)/

/** Turns after which a request to a file counts as one that does not end, such as a read of an empty pipe. About five seconds. */
const fileTurnsMax = 5_000

/** Waits until no request to the file system is in flight: they take real time, and must take no virtual time. */
export const filesIdle = async (): Promise<void> => {
  const { process } = globalThis as { process?: { getActiveResourcesInfo?: () => readonly string[] } }
  if (process?.getActiveResourcesInfo === undefined) return
  for (let turn = 0; turn < fileTurnsMax; turn++) {
    if (!process.getActiveResourcesInfo().some((name) => fileRequest.test(name))) return
    await (turn < 50 ? shortTurn() : nextTurn())
  }
}
