// Layers of your own: a header on every request, and a request log. Run: node examples/layers.mjs
import { startLocalR2 } from '@r2kit/local'
import { R2Client } from 'r2kit'

/** Adds a header to every request. The request is copied, never changed: other attempts share it. */
const headerLayer = (name, value) => (next) => (attempt) => {
  const headers = { ...attempt.request.headers, [name]: value }
  return next({ ...attempt, request: { ...attempt.request, headers } })
}

/** Logs every request: method, path, status and time; or the error and the number of the attempt. */
const requestLog = (log) => (next) => async (attempt) => {
  const { clock, number, request } = attempt
  const startedMs = clock.monotonicMs()
  const line = (result) =>
    log(`${request.method} ${request.path} ${result} ${Math.round(clock.monotonicMs() - startedMs)} ms`)
  try {
    const response = await next(attempt)
    line(response.status)
    return response
  } catch (error) {
    line(`${error.code ?? error.name} (attempt ${number})`)
    throw error
  }
}

/** Logs every call when its response has been read to the last byte; a stream is read after the call has resolved. */
const callLog = (log) => (next) => (call) => {
  const { bucket, clock, key, operation } = call
  const startedMs = clock.monotonicMs()
  const onBodyEnd = (error) => {
    log(`${operation.name} ${bucket}/${key ?? ''} ${Math.round(clock.monotonicMs() - startedMs)} ms`)
    call.onBodyEnd?.(error)
  }
  return next({ ...call, onBodyEnd })
}

const local = await startLocalR2({ memory: true })
const r2 = new R2Client({
  endpoint: local.endpoint,
  credentials: local.credentials,
  layers: {
    call: [callLog(console.log)],
    // The log is the inner layer, so it sees the request with its header.
    attempt: [
      headerLayer('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
      requestLog(console.log),
    ],
  },
})
await r2.buckets.create({ bucket: 'examples' })
await r2.objects.put({ bucket: 'examples', key: 'greeting.txt', body: 'hello' })
const { body } = await r2.objects.getStream({ bucket: 'examples', key: 'greeting.txt' })
console.log(await new Response(body).text())
await r2.objects.head({ bucket: 'examples', key: 'absent' }).catch(({ code }) => console.log('caught', code))
await r2.dispose()
await local.close()
